import { expect, test } from 'vitest';
import { compareAttributes } from './compare-attributes.ts';

test('attributes that differ, that only one has, and how many are equal', () => {
  const a = { 'cache.hit': false, 'feed.limit': 5, 'feed.type': 'unified', list: [1, { x: 2n }] };
  const b = { 'cache.hit': true, 'feed.type': 'unified', 'feed.cursor': '', list: [1, { x: 2n }] };
  expect(compareAttributes(a, b)).toEqual({
    different: [
      { name: 'cache.hit', a: false, b: true },
      { name: 'feed.cursor', a: undefined, b: '' },
      { name: 'feed.limit', a: 5, b: undefined },
    ],
    equal: 2,
  });
});

test('the same text is not the same value', () => {
  const { different } = compareAttributes({ x: '1', y: null, z: [1] }, { x: 1, y: 'null', z: ['1'] });
  expect(different.map(({ name }) => name)).toEqual(['x', 'y', 'z']);
});

test('what differs between any two requests, or is told elsewhere, is left out', () => {
  expect(compareAttributes({ 'request.id': 'a', 'network.peer.port': 1 }, { 'request.id': 'b' })).toEqual({
    different: [],
    equal: 0,
  });
  expect(compareAttributes({ 'http.route': '/a', x: 1 }, { 'http.route': '/b', x: 1 }, ['http.route'])).toEqual({
    different: [],
    equal: 1,
  });
});

test('names that every object has are names as any other', () => {
  const odd = JSON.parse('{"__proto__":"x","constructor":"y"}');
  expect(compareAttributes(odd, {}).different).toEqual([
    { name: '__proto__', a: 'x', b: undefined },
    { name: 'constructor', a: 'y', b: undefined },
  ]);
});
