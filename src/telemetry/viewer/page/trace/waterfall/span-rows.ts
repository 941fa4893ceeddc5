import { type ComponentChildren, h } from 'preact';
import { useMemo } from 'preact/hooks';
import type { SpanNode } from '../../../model/span-tree.ts';
import { inSlots } from '../../shared/virtual-rows.ts';
import type { TraceAnalysis } from '../analysis.ts';
import type { TimeWindow } from '../time-window.ts';
import type { TraceState } from '../trace-state.ts';
import { rowId, SpanRow } from './span-row.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  /** Spans that are not hidden by a collapsed one. */
  rows: readonly SpanNode[];
  /** Index of the first row to draw. */
  first: number;
  /** Index after the last row to draw. */
  last: number;
  /** Of all rows, in pixels. */
  totalHeight: number;
  window: TimeWindow;
  /** Of the bars' column, in pixels. */
  width: number;
  /** Pixels that a level of the tree is set in by. */
  indent: number;
}

/** The rows of the waterfall that are in sight. */
export const SpanRows = ({
  analysis,
  colours,
  state,
  rows,
  first,
  last,
  totalHeight,
  ...bars
}: Props): ComponentChildren => {
  const found = useMemo(() => new Set(state.found?.spans), [state.found]);
  const repeated = useMemo(() => new Set(analysis.findings.repeated.flatMap(({ spans }) => spans)), [analysis]);
  return h(
    'div',
    {
      role: 'rowgroup',
      class: 'span-rows',
      style: { height: `${totalHeight}px` },
      // The order in which they are read.
      'aria-owns': rows
        .slice(first, last)
        .map(({ span }) => rowId(span.spanId))
        .join(' '),
    },
    inSlots(rows, first, last).map(({ item: node, index }, slot) =>
      h(SpanRow, {
        key: slot,
        analysis,
        node,
        index,
        colour: colours.get(node.span.service) ?? 'var(--service-0)',
        isSelected: node.span.spanId === state.selected,
        isFound: found.has(node.span.spanId),
        isCollapsed: state.collapsed.has(node.span.spanId),
        isRepeated: repeated.has(node.span.spanId),
        ...bars,
      }),
    ),
  );
};
