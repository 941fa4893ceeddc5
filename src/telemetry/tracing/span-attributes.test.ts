import { ROOT_CONTEXT, type Span, type SpanOptions } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import type { RecordedSpan } from './recorded-span.ts';

const { keeper, tracer } = recordSpans();
afterAll(() => keeper.shutdown());

const start = (options: SpanOptions = {}): RecordedSpan =>
  tracer.startSpan('test', options, ROOT_CONTEXT) as RecordedSpan;
/** The ended span, as an exporter reads it. */
const read = (use: (span: Span) => void, options: SpanOptions = {}): RecordedSpan => {
  const span = start(options);
  use(span);
  span.end();
  return span;
};

describe('attributes', () => {
  test('those of the start come first, and a later value takes the place of an earlier one', () => {
    const { attributes } = read((span) => span.setAttribute('b', 2).setAttributes({ a: 'new', c: [true, false] }), {
      attributes: { a: 1 },
    });
    expect(attributes).toEqual({ a: 'new', b: 2, c: [true, false] });
    expect(Object.keys(attributes)).toEqual(['a', 'b', 'c']);
  });

  test('128 are held, at whichever time they come, and the rest is counted', () => {
    const span = read(
      (it) => {
        for (let i = 64; i < 140; i += 1) it.setAttribute(`k${i}`, i);
        it.setAttribute('k0', 'again');
      },
      { attributes: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`k${i}`, i])) },
    );
    expect(span.droppedAttributesCount).toBe(12);
    expect(Object.keys(span.attributes)).toHaveLength(128);
    expect(span.attributes.k0).toBe('again');
    expect(span.droppedAttributesCount).toBe(12);
  });

  test('also where most of them are there from the start', () => {
    const span = read(
      (it) => {
        for (let i = 0; i < 40; i += 1) it.setAttribute(`s${i}`, i);
      },
      { attributes: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])) },
    );
    expect(span.droppedAttributesCount).toBe(12);
    expect(
      read(() => {}, { attributes: Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`k${i}`, i])) })
        .droppedAttributesCount,
    ).toBe(2);
  });

  test('reading them in between neither loses one nor counts one twice', () => {
    const span = start();
    for (let i = 0; i < 130; i += 1) span.setAttribute(`k${i}`, i);
    expect(Object.keys(span.attributes)).toHaveLength(128);
    span.setAttribute('k0', 'again');
    expect(span.attributes.k0).toBe('again');
    span.end();
    expect(Object.keys(span.attributes)).toHaveLength(128);
    expect(span.droppedAttributesCount).toBe(2);
  });

  test('one may be set a thousand times: the last value counts', () => {
    const span = read((it) => {
      for (let i = 0; i <= 1000; i += 1) it.setAttribute('progress', i);
      it.setAttribute('other', true);
    });
    expect(span.attributes).toEqual({ progress: 1000, other: true });
    expect(span.droppedAttributesCount).toBe(0);
  });

  test.each([
    ['null', null],
    ['undefined', undefined],
    ['an object', { a: 1 }],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['an array of objects', [{ a: 1 }]],
    ['an array of arrays', [[1]]],
  ])('%s is no value of one', (_what, value) => {
    const span = read((it) => it.setAttribute('a', value as never).setAttributes({ b: value as never }), {
      attributes: { c: value as never, d: 1 },
    });
    expect(span.attributes).toEqual({ d: 1 });
  });

  test('a name has at least one character', () => {
    expect(read((it) => it.setAttribute('', 1), { attributes: { '': 1 } }).attributes).toEqual({});
  });

  test('names of what every object has are names like any other', () => {
    const { attributes } = read((it) => it.setAttribute('constructor', 'a').setAttribute('toString', 'b'));
    expect({ ...attributes }).toEqual({ constructor: 'a', toString: 'b' });
  });

  test('what is given is not changed', () => {
    const given = Object.freeze({ a: 1 });
    read((it) => it.setAttribute('b', 2), { attributes: given });
    expect(given).toEqual({ a: 1 });
  });
});

test('an exporter that visits the attributes sees those that there are', () => {
  const name = fc.constantFrom('a', 'b', 'c', '', 'constructor', ...Array.from({ length: 30 }, (_, i) => `n${i}`));
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined, Number.NaN, {}));
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 60 });
  fc.assert(
    fc.property(pairs, pairs, (given, set) => {
      const span = start({ attributes: Object.fromEntries(given) });
      for (const [key, one] of set) span.setAttribute(key, one as never);
      const visited: [string, unknown][] = [];
      span.forEachAttribute((key, one) => visited.push([key, one]));
      expect(new Map(visited).size).toBe(visited.length);
      expect(new Map(visited)).toEqual(new Map(Object.entries(span.attributes)));
    }),
  );
});
