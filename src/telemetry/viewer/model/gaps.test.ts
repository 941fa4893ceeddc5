import { expect, test } from 'vitest';
import { sampleSpan, traceStart } from '../../../../test/support/sample-traces.ts';
import { gaps, selfTime } from './gaps.ts';
import { buildTree, type SpanNode } from './span-tree.ts';
import type { ViewerSpan } from './trace.ts';

function rootOf(spans: readonly ViewerSpan[]): SpanNode {
  const [root] = buildTree(spans);
  if (root === undefined) throw new Error('no root');
  return root;
}

const between = (node: SpanNode) => gaps(node).map(({ start, end }) => [start - traceStart, end - traceStart]);

test('a gap is where no child ran, overlapping ones counted as one', () => {
  const root = rootOf([
    sampleSpan({ id: 'r', duration: 100 }),
    sampleSpan({ id: 'a', parent: 'r', at: 10, duration: 30 }),
    sampleSpan({ id: 'inside a', parent: 'r', at: 15, duration: 5 }),
    sampleSpan({ id: 'b', parent: 'r', at: 30, duration: 30 }),
    sampleSpan({ id: 'c', parent: 'r', at: 80, duration: 50 }),
    sampleSpan({ id: 'after', parent: 'r', at: 140, duration: 50 }),
  ]);
  expect(between(root)).toEqual([
    [0, 10],
    [60, 80],
  ]);
  expect(selfTime(root)).toBe(30);
});

test('a span without children has none, though all of its time is its own', () => {
  const root = rootOf([sampleSpan({ id: 'r', duration: 100 })]);
  expect(gaps(root)).toEqual([]);
  expect(selfTime(root)).toBe(100);
});

test('less than a hundredth of the trace, or than a millisecond, is no gap', () => {
  const root = rootOf([
    sampleSpan({ id: 'r', duration: 1000 }),
    sampleSpan({ id: 'a', parent: 'r', at: 9, duration: 991 }),
    sampleSpan({ id: 'b', parent: 'a', at: 19, duration: 981 }),
  ]);
  expect(gaps(root)).toEqual([]);
  expect(root.children.map(between)).toEqual([[[9, 19]]]);
  const short = rootOf([
    sampleSpan({ id: 'r', duration: 5 }),
    sampleSpan({ id: 'a', parent: 'r', at: 0.9, duration: 3 }),
  ]);
  expect(between(short)).toHaveLength(1);
});

test('a child that began before its parent leaves no gap in front of it', () => {
  const root = rootOf([
    sampleSpan({ id: 'r', duration: 10 }),
    sampleSpan({ id: 'a', parent: 'r', at: -5, duration: 10 }),
  ]);
  expect(between(root)).toEqual([[5, 10]]);
});
