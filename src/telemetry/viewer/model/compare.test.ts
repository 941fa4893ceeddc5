import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSpan, sampleTrace } from '../../../../test/support/sample-traces.ts';
import { compareTraces } from './compare.ts';

test('spans with the same names above them share a row', () => {
  const a = sampleTrace([
    sampleSpan({ id: 'r', name: 'GET /feed', duration: 100 }),
    sampleSpan({ id: 'q1', parent: 'r', name: 'SELECT', at: 10, duration: 5 }),
    sampleSpan({ id: 'rank', parent: 'r', at: 20, duration: 30 }),
    sampleSpan({ id: 'q2', parent: 'r', name: 'SELECT', at: 60, duration: 7 }),
  ]);
  const b = sampleTrace([
    sampleSpan({ id: 'r', name: 'GET /feed', at: 500, duration: 60 }),
    sampleSpan({ id: 'x', parent: 'r', name: 'SELECT', at: 510, duration: 20 }),
    sampleSpan({ id: 'cache', parent: 'r', at: 515, duration: 1 }),
  ]);
  const rows = compareTraces(a, b);
  expect(
    rows.map((row) => [row.path.join(' / '), row.a.length, row.b.length, row.durationA, row.durationB, row.difference]),
  ).toEqual([
    ['GET /feed', 1, 1, 100, 60, -40],
    ['GET /feed / SELECT', 2, 1, 12, 20, 8],
    ['GET /feed / cache', 0, 1, undefined, 1, undefined],
    ['GET /feed / rank', 1, 0, 30, undefined, undefined],
  ]);
  expect(rows.map((row) => row.depth)).toEqual([0, 1, 1, 1]);
});

test('roots of different names are compared all the same', () => {
  const rows = compareTraces(
    sampleTrace([sampleSpan({ id: 'one' }), sampleSpan({ id: 'x', parent: 'one' })]),
    sampleTrace([sampleSpan({ id: 'two' }), sampleSpan({ id: 'x', parent: 'two' })]),
  );
  expect(rows.map((row) => [row.name, row.difference])).toEqual([
    ['one', 0],
    ['x', 0],
  ]);
});

test('an empty trace, and one nested 10,000 deep, can be compared', () => {
  const chain = sampleTrace(
    Array.from({ length: 10_000 }, (_, index) =>
      sampleSpan({ id: `${index}`, parent: index === 0 ? undefined : `${index - 1}` }),
    ),
  );
  const rows = compareTraces(chain, sampleTrace([]));
  expect(rows).toHaveLength(10_000);
  expect(rows.at(-1)?.path).toHaveLength(10_000);
  expect(compareTraces(sampleTrace([]), sampleTrace([]))).toEqual([]);
});

test('no span is lost and none stands in two rows', () => {
  const shape = fc.record({
    id: fc.nat(12).map(String),
    parent: fc.nat(12).map(String),
    name: fc.constantFrom('x', 'y', 'z'),
  });
  const trace = fc
    .uniqueArray(shape, { maxLength: 12, selector: ({ id }) => id })
    .map((shapes) => sampleTrace(shapes.map(sampleSpan)));
  fc.assert(
    fc.property(trace, trace, (a, b) => {
      const rows = compareTraces(a, b);
      expect(rows.flatMap((row) => row.a).sort()).toHaveLength(a.spans.length);
      expect(new Set(rows.flatMap((row) => row.a))).toEqual(new Set(a.spans));
      expect(rows.flatMap((row) => row.b)).toHaveLength(b.spans.length);
      expect(new Set(rows.flatMap((row) => row.b))).toEqual(new Set(b.spans));
    }),
  );
});
