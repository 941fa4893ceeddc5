import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ComparisonRow } from '../../model/compare.ts';
import type { ViewerSpan } from '../../model/trace.ts';
import { tracePage } from '../shared/api.ts';
import { formatDuration } from '../shared/format.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import { signedDuration } from './signed-duration.ts';

export type RowOrder = 'tree' | 'difference';

interface Props {
  a: TraceAnalysis;
  b: TraceAnalysis;
  rows: readonly ComparisonRow[];
  order: RowOrder;
}

/** So many are drawn at once; a button brings more. */
const CHUNK = 300;
/** Pixels; deeper ones stand no further right. */
const INDENT = 14;
const DEEPEST = 16;

/** What is in one only counts as all of its time. */
const weight = ({ durationA = 0, durationB = 0 }: ComparisonRow): number => Math.abs(durationB - durationA);

/** The spans of both traces, those at the same place in one row. */
export const ComparisonTable = ({ a, b, rows, order }: Props): ComponentChildren => {
  const [most, setMost] = useState(CHUNK);
  const sorted = useMemo(
    () => (order === 'tree' ? rows : [...rows].sort((one, other) => weight(other) - weight(one))),
    [rows, order],
  );
  const longest = useMemo(
    () => rows.reduce((max, { durationA = 0, durationB = 0 }) => Math.max(max, durationA, durationB), 0) || 1,
    [rows],
  );
  return h(
    'div',
    { class: 'comparison', role: 'group', tabIndex: 0, 'aria-label': 'Spans of both' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ['Span', 'A', 'B', 'Difference', 'A above, B below'].map((title, index) =>
            h('th', { key: title, scope: 'col', class: index > 0 && index < 4 ? 'right' : '' }, title),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        sorted.slice(0, most).map((row, index) => h(Row, { key: index, row, longest, a, b, isTree: order === 'tree' })),
      ),
    ),
    sorted.length > most &&
      h('button', { type: 'button', onClick: () => setMost(most + CHUNK) }, `Show more: ${sorted.length - most} left`),
  );
};

interface RowProps {
  row: ComparisonRow;
  /** Milliseconds of the longest bar. */
  longest: number;
  a: TraceAnalysis;
  b: TraceAnalysis;
  isTree: boolean;
}

const Row = ({ row, longest, a, b, isTree }: RowProps): ComponentChildren => {
  const { name, depth, durationA, durationB, difference } = row;
  const only = row.b.length === 0 ? 'A' : row.a.length === 0 ? 'B' : undefined;
  const above = isTree ? '' : row.path.at(-2);
  const change = !difference ? 'weak' : difference > 0 ? 'slower' : 'faster';
  return h(
    'tr',
    { class: only ? `only-${only.toLowerCase()}` : '' },
    h(
      'th',
      { scope: 'row' },
      h(
        'span',
        { class: 'compared-name', style: { paddingLeft: isTree ? `${Math.min(depth, DEEPEST) * INDENT}px` : '0' } },
        h('span', { class: 'name-text' }, name || '(no name)'),
        above && h('span', { class: 'weak' }, `in ${above}`),
        only && h('span', { class: `badge side-${only.toLowerCase()}` }, `only in ${only}`),
      ),
    ),
    h('td', { class: 'right number' }, h(Time, { spans: row.a, duration: durationA, analysis: a })),
    h('td', { class: 'right number' }, h(Time, { spans: row.b, duration: durationB, analysis: b })),
    h(
      'td',
      { class: `right number ${change}` },
      difference === undefined
        ? h('span', { class: 'weak' }, '–')
        : [
            signedDuration(difference),
            h('span', { key: 'share', class: 'weak share' }, shareOf(difference, durationA)),
          ],
    ),
    h(
      'td',
      { class: 'pair' },
      h('span', { class: 'pair-a', style: { width: `${((durationA ?? 0) / longest) * 100}%` } }),
      h('span', { class: 'pair-b', style: { width: `${((durationB ?? 0) / longest) * 100}%` } }),
    ),
  );
};

const shareOf = (difference: number, of: number | undefined): string => {
  if (!of) return '';
  const share = Math.round((difference / of) * 100);
  return share > 999
    ? ` ×${Math.round(share / 100 + 1)}`
    : ` ${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(share)} %`;
};

interface TimeProps {
  spans: readonly ViewerSpan[];
  duration: number | undefined;
  analysis: TraceAnalysis;
}

const Time = ({ spans, duration, analysis }: TimeProps): ComponentChildren => {
  const [first] = spans;
  if (!first || duration === undefined) return h('span', { class: 'weak' }, '–');
  const failed = spans.some(({ status }) => status === 'error');
  return [
    failed && h('span', { key: 'failed', class: 'error', title: 'failed' }, '✕ '),
    spans.length > 1 && h('span', { key: 'count', class: 'weak' }, `${spans.length} × `),
    h('a', { key: 'span', href: `${tracePage(analysis.trace.traceId)}#${first.spanId}` }, formatDuration(duration)),
  ];
};
