import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSpan, traceStart } from '../../../../test/support/sample-traces.ts';
import { criticalPath } from './critical-path.ts';
import { partsOf } from './parts.ts';
import { buildTree } from './span-tree.ts';
import type { ViewerSpan } from './trace.ts';

/** Milliseconds of the fastest of some runs: others may use the machine. */
function bestOf(runs: number, run: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return Math.min(...times);
}

/** `name from-to`, in milliseconds after the trace's start: of each part of the trace. */
function pathsOf(spans: readonly ViewerSpan[]): string[][] {
  return partsOf(buildTree(spans)).map((part) =>
    criticalPath(part).map(
      ({ spanId, start, end }) => `${spanId.replace(/^0+/, '')} ${start - traceStart}-${end - traceStart}`,
    ),
  );
}

const pathOf = (spans: readonly ViewerSpan[]): string[] | undefined => pathsOf(spans)[0];

test('one after the other: each child, and the root between them', () => {
  const spans = [
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'a', parent: 'r', at: 10, duration: 20 }),
    sampleSpan({ id: 'b', parent: 'r', at: 40, duration: 50 }),
  ];
  expect(pathOf(spans)).toEqual(['r 0-10', 'a 10-30', 'r 30-40', 'b 40-90', 'r 90-100']);
});

test('in parallel: only the child that ended last, and what came before it', () => {
  const spans = [
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'first', parent: 'r', at: 0, duration: 10 }),
    sampleSpan({ id: 'short', parent: 'r', at: 10, duration: 20 }),
    sampleSpan({ id: 'long', parent: 'r', at: 10, duration: 90 }),
    sampleSpan({ id: 'query', parent: 'long', at: 50, duration: 20 }),
  ];
  expect(pathOf(spans)).toEqual(['first 0-10', 'long 10-50', 'query 50-70', 'long 70-100']);
});

test('a child that overlaps the one that ended last is no part of it', () => {
  const spans = [
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'a', parent: 'r', at: 0, duration: 60 }),
    sampleSpan({ id: 'b', parent: 'r', at: 50, duration: 50 }),
  ];
  expect(pathOf(spans)).toEqual(['r 0-50', 'b 50-100']);
});

test('nobody waited for a child that outlives its parent, but another clock may only make it seem so', () => {
  const spans = [
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'job', parent: 'r', at: 50, duration: 900, kind: 'consumer', service: 'worker' }),
    sampleSpan({ id: 'left', parent: 'r', at: 55, duration: 100 }),
    sampleSpan({ id: 'a', parent: 'r', at: 60, duration: 41, service: 'other', kind: 'server' }),
    // What a worker says of its queue is no call: it began when the request did, and nobody waited for it.
    sampleSpan({ id: 'wait', parent: 'r', at: 58, duration: 60, service: 'worker' }),
  ];
  expect(pathOf(spans)).toEqual(['r 0-60', 'a 60-100']);
  expect(pathOf(spans.slice(0, 3))).toEqual(['r 0-100']);
});

test('what was left behind has a path of its own, to its own end', () => {
  const spans = [
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'send', parent: 'r', at: 40, duration: 20 }),
    sampleSpan({ id: 'job', parent: 'send', at: 50, duration: 900, kind: 'consumer', service: 'worker' }),
    sampleSpan({ id: 'step', parent: 'job', at: 100, duration: 700, service: 'worker' }),
    sampleSpan({ id: 'forgotten', parent: 'step', at: 200, duration: 2000, service: 'worker' }),
  ];
  expect(pathsOf(spans)).toEqual([
    ['r 0-40', 'send 40-60', 'r 60-100'],
    ['job 50-100', 'step 100-800', 'job 800-950'],
    ['forgotten 200-2200'],
  ]);
});

test('a child whose clock is behind counts from when its parent began', () => {
  const spans = [
    sampleSpan({ id: 'a', parent: 'r', at: -20, duration: 50 }),
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'before', parent: 'r', at: -20, duration: 5 }),
  ];
  expect(pathOf(spans)).toEqual(['a 0-30', 'r 30-100']);
});

test('without a root each span without a parent has a path', () => {
  const spans = [
    sampleSpan({ id: 'a', parent: 'gone', duration: 10 }),
    sampleSpan({ id: 'b', parent: 'gone', at: 20, duration: 10 }),
  ];
  expect(pathsOf(spans)).toEqual([['a 0-10'], ['b 20-30']]);
  expect(pathsOf([])).toEqual([]);
});

test('5,000 spans take less than 50 ms, nested 5,000 deep as well as side by side', () => {
  const deep = Array.from({ length: 5_000 }, (_, index) =>
    sampleSpan({
      id: `${index}`,
      parent: index === 0 ? undefined : `${index - 1}`,
      at: index,
      duration: 10_000 - 2 * index,
    }),
  );
  const wide = Array.from({ length: 5_000 }, (_, index) =>
    sampleSpan({ id: `${index}`, parent: index === 0 ? undefined : '0', at: index, duration: index === 0 ? 5_000 : 1 }),
  );
  for (const spans of [deep, wide]) {
    const roots = buildTree(spans);
    const paths = () => partsOf(roots).flatMap(criticalPath);
    expect(bestOf(5, paths)).toBeLessThan(50);
    expect(paths().length).toBeGreaterThanOrEqual(5_000);
  }
});

test('each span is in one part, and the stretches of a part follow each other without holes from its start to its end', () => {
  const shape = fc.record({ parent: fc.nat(30), at: fc.integer({ min: -50, max: 200 }), duration: fc.nat(200) });
  fc.assert(
    fc.property(fc.nat(200), fc.array(shape, { maxLength: 30 }), (whole, shapes) => {
      const root = sampleSpan({ id: 'r', at: -100, duration: whole + 1 });
      const children = shapes.map(({ parent, ...rest }, index) =>
        sampleSpan({ id: `${index}`, parent: parent < index ? `${parent}` : 'r', ...rest }),
      );
      const spans = [root, ...children];
      const parts = partsOf(buildTree(spans));
      const inParts = parts.flatMap(({ nodes }) => nodes.map(({ span }) => span.spanId));
      expect(inParts.toSorted()).toEqual(spans.map(({ spanId }) => spanId).toSorted());
      expect(parts[0]?.root.span).toBe(root);
      for (const part of parts) {
        const { span: first } = part.root;
        let reached = first.start;
        for (const { start, end } of criticalPath(part)) {
          expect(start).toBe(reached);
          expect(end).toBeGreaterThan(start);
          reached = end;
        }
        expect(reached).toBe(first.start + first.duration);
      }
    }),
  );
});
