import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ComparisonRow } from '../../model/compare.ts';
import { type AttributeDifference, compareAttributes } from '../../model/compare-attributes.ts';
import type { ViewerSpan } from '../../model/trace.ts';
import { tracePage } from '../shared/api.ts';
import { formatCount, formatDuration } from '../shared/format.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import { DifferenceTable } from './difference-table.ts';
import { signedDuration } from './signed-duration.ts';

/** Pixels; deeper ones stand no further right. */
const INDENT = 14;
const DEEPEST = 16;

interface Props {
  row: ComparisonRow;
  /** Milliseconds of the longest bar. */
  longest: number;
  a: TraceAnalysis;
  b: TraceAnalysis;
  isTree: boolean;
}

/** Spans of both at one place: how long they took, and on demand which of their attributes differ. */
export const SpanRow = ({ row, longest, a, b, isTree }: Props): ComponentChildren => {
  const [isOpen, setOpen] = useState(false);
  const { depth, durationA, durationB, difference, selfA, selfB, selfDifference } = row;
  const only = row.b.length === 0 ? 'A' : row.a.length === 0 ? 'B' : undefined;
  const above = isTree ? '' : row.path.at(-2);
  const name = nameOf(row);
  const differing = useMemo(() => differingIn(row, a), [row, a]);
  return [
    h(
      'tr',
      { key: 'spans' },
      h(
        'th',
        { scope: 'row' },
        h(
          'span',
          { class: 'compared-name', style: { paddingLeft: isTree ? `${Math.min(depth, DEEPEST) * INDENT}px` : '0' } },
          h('span', { class: 'name-text', title: name }, name),
          above && h('span', { class: 'weak' }, `in ${above}`),
          only && h('span', { class: `badge side-${only.toLowerCase()}` }, `only in ${only}`),
          differing.length > 0 &&
            h(
              'button',
              { type: 'button', class: 'as-link', 'aria-expanded': isOpen, onClick: () => setOpen(!isOpen) },
              `${formatCount(differing.length, 'attribute')} ${differing.length === 1 ? 'differs' : 'differ'}`,
            ),
        ),
      ),
      h('td', { class: 'right number' }, h(Time, { spans: row.a, duration: durationA, analysis: a })),
      h('td', { class: 'right number' }, h(Time, { spans: row.b, duration: durationB, analysis: b })),
      h(
        'td',
        { class: `right number ${changeOf(difference)}` },
        signedDuration(difference),
        h('span', { class: 'weak share' }, only ? '' : shareOf(difference, durationA)),
      ),
      h(
        'td',
        {
          class: `right number ${changeOf(selfDifference)}`,
          title: `${formatDuration(selfA)} → ${formatDuration(selfB)}`,
        },
        signedDuration(selfDifference),
      ),
      h(
        'td',
        { class: 'pair' },
        h('span', { class: 'pair-a', style: { width: `${(durationA / longest) * 100}%` } }),
        h('span', { class: 'pair-b', style: { width: `${(durationB / longest) * 100}%` } }),
      ),
    ),
    isOpen &&
      h(
        'tr',
        { key: 'attributes' },
        h('td', { colSpan: 6 }, h(DifferenceTable, { caption: 'Attributes that differ', differences: differing })),
      ),
  ];
};

/** Of a span that each has once: the turns of a loop always differ. What the roots have stands above. */
const differingIn = ({ a, b }: ComparisonRow, { roots }: TraceAnalysis): readonly AttributeDifference[] => {
  const [one, other] = [a[0], b[0]];
  if (!one || !other || a.length > 1 || b.length > 1 || one === roots[0]?.span) return [];
  return compareAttributes(one.attributes, other.attributes).different;
};

/** The first roots share a row whatever they are called. */
const nameOf = ({ name, a, b }: ComparisonRow): string =>
  [...new Set([a[0]?.name ?? name, b[0]?.name ?? name])].map((text) => text || '(no name)').join(' / ');

const changeOf = (difference: number): string => (difference > 0 ? 'slower' : difference < 0 ? 'faster' : 'weak');

const shareOf = (difference: number, of: number): string => {
  if (of === 0) return '';
  const share = Math.round((difference / of) * 100);
  return share > 999
    ? ` ×${Math.round(share / 100 + 1)}`
    : ` ${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(share)} %`;
};

interface TimeProps {
  spans: readonly ViewerSpan[];
  /** Milliseconds of all of them. */
  duration: number;
  analysis: TraceAnalysis;
}

const Time = ({ spans, duration, analysis }: TimeProps): ComponentChildren => {
  const [first] = spans;
  if (!first) return h('span', { class: 'weak' }, '–');
  const failed = spans.some(({ status }) => status === 'error');
  return [
    failed && h('span', { key: 'failed', class: 'error', title: 'failed' }, '✕ '),
    spans.length > 1 && h('span', { key: 'count', class: 'weak' }, `${spans.length} × `),
    h('a', { key: 'span', href: `${tracePage(analysis.trace.traceId)}#${first.spanId}` }, formatDuration(duration)),
  ];
};
