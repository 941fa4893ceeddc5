import { expect, test } from 'vitest';
import { orphans, roots, tree } from './trace-tree.ts';

const span = (spanId: string, parentSpanId: string | undefined, start: number, remoteParent = false) => ({
  spanId,
  parentSpanId,
  remoteParent,
  name: `span ${spanId}`,
  start: BigInt(start),
});

test('siblings stand in the order in which they started, below their parent', () => {
  const spans = [span('c', 'a', 3), span('d', 'b', 4), span('b', 'a', 2), span('a', undefined, 1)];
  expect(tree(spans)).toBe('span a\n  span b\n    span d\n  span c');
  expect(orphans(spans)).toEqual([]);
});

test('a span whose parent is missing is an orphan, one whose parent is elsewhere is not', () => {
  const spans = [span('a', 'caller', 1, true), span('b', 'a', 2), span('x', 'missing', 3)];
  expect(orphans(spans).map(({ spanId }) => spanId)).toEqual(['x']);
  expect(roots(spans).map(({ spanId }) => spanId)).toEqual(['a']);
  expect(tree(spans)).toBe('span a\n  span b\nspan x (orphan)');
});
