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
    ['GET /feed / cache', 0, 1, 0, 1, 1],
    ['GET /feed / rank', 1, 0, 30, 0, -30],
  ]);
  expect(rows.map((row) => row.depth)).toEqual([0, 1, 1, 1]);
});

test('time that no child explains is told of the span itself, of a loop all of it together', () => {
  const request = (took: number, step: number) =>
    sampleTrace([
      sampleSpan({ id: 'r', duration: took }),
      sampleSpan({ id: 's1', parent: 'r', name: 'step', at: 10, duration: step }),
      sampleSpan({ id: 'q', parent: 's1', at: 10, duration: 5 }),
      sampleSpan({ id: 's2', parent: 'r', name: 'step', at: 10 + step, duration: step }),
    ]);
  const rows = compareTraces(request(50, 10), request(1000, 30));
  expect(rows.map((row) => [row.name, row.difference, row.selfA, row.selfB, row.selfDifference])).toEqual([
    ['r', 950, 30, 940, 910],
    ['step', 40, 15, 55, 40],
    ['q', 0, 5, 5, 0],
  ]);
  // Where nothing runs beside each other, the self times add up to the whole.
  expect(rows.reduce((sum, { selfDifference }) => sum + selfDifference, 0)).toBe(950);
});

test('what numbers are not exact enough to tell is no difference', () => {
  const turns = (...durations: number[]) =>
    sampleTrace([
      sampleSpan({ id: 'r' }),
      ...durations.map((duration, n) => sampleSpan({ id: `${n}`, parent: 'r', name: 'turn', at: n, duration })),
    ]);
  const [, turn] = compareTraces(turns(0.3), turns(0.1, 0.2));
  expect(turn).toMatchObject({ name: 'turn', difference: 0, selfDifference: 0 });
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
