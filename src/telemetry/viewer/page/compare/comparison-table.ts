import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ComparisonRow } from '../../model/compare.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import { SpanRow } from './comparison-row.ts';

export type RowOrder = 'tree' | 'difference';

interface Props {
  a: TraceAnalysis;
  b: TraceAnalysis;
  rows: readonly ComparisonRow[];
  order: RowOrder;
}

/** So many are drawn at once; a button brings more. */
const CHUNK = 300;

const COLUMNS = ['Span', 'A', 'B', 'Difference', 'Difference in self time', 'A above, B below'];

/** By self time: by duration, whatever took longer would come with all that it ran in. */
const byDifference = (one: ComparisonRow, other: ComparisonRow): number =>
  Math.abs(other.selfDifference) - Math.abs(one.selfDifference);

/** The spans of both traces, those at the same place in one row. */
export const ComparisonTable = ({ a, b, rows, order }: Props): ComponentChildren => {
  const [most, setMost] = useState(CHUNK);
  const sorted = useMemo(() => (order === 'tree' ? rows : [...rows].sort(byDifference)), [rows, order]);
  const longest = useMemo(
    () => rows.reduce((max, { durationA, durationB }) => Math.max(max, durationA, durationB), 0) || 1,
    [rows],
  );
  return h(
    'div',
    { class: 'comparison', role: 'group', 'aria-label': 'Spans of both' },
    h(
      'table',
      { class: 'compared-spans' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          COLUMNS.map((title, index) =>
            h('th', { key: title, scope: 'col', class: index > 0 && index < 5 ? 'right' : '' }, title),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        sorted
          .slice(0, most)
          .map((row) => h(SpanRow, { key: keyOf(row), row, longest, a, b, isTree: order === 'tree' })),
      ),
    ),
    sorted.length > most &&
      h('button', { type: 'button', onClick: () => setMost(most + CHUNK) }, `Show more: ${sorted.length - most} left`),
  );
};

/** What is unfolded stays so when a trace that still runs grows. */
const keyOf = ({ a, b }: ComparisonRow): string => `${a[0]?.spanId} ${b[0]?.spanId}`;
