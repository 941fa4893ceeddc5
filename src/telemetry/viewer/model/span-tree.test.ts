import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSpan, sampleSpanId } from '../../../../test/support/sample-traces.ts';
import { buildTree, preorder, type SpanNode, visibleRows } from './span-tree.ts';

const names = (rows: readonly SpanNode[]) => rows.map(({ span, depth }) => `${' '.repeat(depth)}${span.name}`);

const family = [
  sampleSpan({ id: 'root' }),
  sampleSpan({ id: 'late', parent: 'root', at: 5 }),
  sampleSpan({ id: 'early', parent: 'root', at: 2 }),
  sampleSpan({ id: 'deep', parent: 'early', at: 3 }),
];

test('children stand below their parents in the order of their starts', () => {
  const roots = buildTree(family);
  expect(names(preorder(roots))).toEqual(['root', ' early', '  deep', ' late']);
  expect(roots[0]?.size).toBe(3);
  expect(roots[0]?.children[0]).toMatchObject({ size: 1, orphan: false });
});

test('what is below a collapsed span is not shown', () => {
  expect(names(visibleRows(buildTree(family), new Set([sampleSpanId('early')])))).toEqual(['root', ' early', ' late']);
});

test('a span whose parent is missing is a root and an orphan', () => {
  const roots = buildTree([sampleSpan({ id: 'a' }), sampleSpan({ id: 'b', parent: 'gone', at: 1 })]);
  expect(roots.map(({ span, orphan }) => [span.name, orphan])).toEqual([
    ['a', false],
    ['b', true],
  ]);
});

test('a root comes before an orphan that starts earlier', () => {
  const roots = buildTree([sampleSpan({ id: 'orphan', parent: 'gone' }), sampleSpan({ id: 'root', at: 1 })]);
  expect(roots.map(({ span }) => span.name)).toEqual(['root', 'orphan']);
});

test('of roots at the same moment the server comes first', () => {
  const roots = buildTree([sampleSpan({ id: 'a' }), sampleSpan({ id: 'b', kind: 'server' })]);
  expect(roots[0]?.span.name).toBe('b');
});

test('a ring of parents is cut at its earliest span; what hangs on it stays there', () => {
  const roots = buildTree([
    sampleSpan({ id: 'hanging', parent: 'b', at: 0 }),
    sampleSpan({ id: 'a', parent: 'b', at: 1 }),
    sampleSpan({ id: 'b', parent: 'a', at: 2 }),
    sampleSpan({ id: 'self', parent: 'self', at: 3 }),
  ]);
  expect(names(preorder(roots))).toEqual(['a', ' b', '  hanging', 'self']);
  expect(roots.every((root) => root.orphan)).toBe(true);
});

test('10,000 spans nested 10,000 deep are no trouble', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    sampleSpan({ id: `${index}`, parent: index === 0 ? undefined : `${index - 1}` }),
  );
  const rows = preorder(buildTree(chain));
  expect(rows).toHaveLength(10_000);
  expect(rows.at(-1)?.depth).toBe(9_999);
  expect(rows[0]?.size).toBe(9_999);
});

test('whatever the parents are, each span stands in the tree exactly once, below the parent that it names or at the top', () => {
  const id = fc.integer({ min: 0, max: 30 }).map(String);
  const spans = fc.array(fc.record({ id, parent: fc.option(id, { nil: undefined }), at: fc.nat(20) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(spans, (shapes) => {
      const given = shapes.map(sampleSpan);
      const rows = preorder(buildTree(given));
      expect(new Set(rows.map((row) => row.span))).toEqual(new Set(given));
      expect(rows).toHaveLength(given.length);
      for (const { span, parent, depth, children, size } of rows) {
        if (parent !== undefined) expect(span.parentSpanId).toBe(parent.span.spanId);
        expect(depth).toBe(parent === undefined ? 0 : parent.depth + 1);
        expect(size).toBe(children.reduce((sum, child) => sum + child.size + 1, 0));
      }
    }),
  );
});
