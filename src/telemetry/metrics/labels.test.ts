import { expect, test } from 'vitest';
import { closedSet, LabelValues } from './labels.ts';

test('a closed set lets nothing through but what was declared', () => {
  const set = closedSet('(other)', ['GET', 'POST']);
  expect(['GET', 'BREW', '', undefined].map((value) => set.of(value))).toEqual([
    'GET',
    '(other)',
    '(other)',
    '(other)',
  ]);
});

test('an open set stops growing at its limit and refuses odd shapes', () => {
  const set = new LabelValues('(other)', 2);
  expect(['a', 'x y\n', 'b', 'c', 'a'].map((value) => set.of(value))).toEqual(['a', '(other)', 'b', '(other)', 'a']);
});

test('declaring closes an open set, and can go on in several calls', () => {
  const set = new LabelValues('(unknown)');
  set.of('before');
  set.declare(['/a']);
  set.declare(['/b']);
  expect(['/a', '/b', 'before'].map((value) => set.of(value))).toEqual(['/a', '/b', '(unknown)']);
});
