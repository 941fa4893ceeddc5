import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { compareTraces } from '../../model/compare.ts';
import { comparePage, tracePage } from '../shared/api.ts';
import { serviceColours } from '../shared/colours.ts';
import { formatDuration } from '../shared/format.ts';
import { lastListPage } from '../shared/last-list.ts';
import { useTitle } from '../shared/title.ts';
import { useAnalysedTrace } from '../trace/analysed-trace.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import type { LiveTrace } from '../trace/live-trace.ts';
import { cautionsOf } from './cautions.ts';
import { ComparedTrace } from './compared-trace.ts';
import { ComparisonTable, type RowOrder } from './comparison-table.ts';
import { WhatDiffers } from './what-differs.ts';

/** Two traces side by side: where the time went in one and not in the other. */
export const CompareView = ({ a, b }: { a: string; b: string }): ComponentChildren => {
  const one = useAnalysedTrace(a);
  const other = useAnalysedTrace(b);
  useTitle(`${a.slice(0, 8)} and ${b.slice(0, 8)} compared`);
  return h(
    'main',
    { 'aria-label': 'Comparison', class: 'compare-page' },
    h(
      'nav',
      { class: 'compare-links', 'aria-label': 'Pages' },
      h('a', { href: lastListPage() }, '← Traces'),
      h('a', { href: tracePage(a) }, 'Trace A'),
      h('a', { href: tracePage(b) }, 'Trace B'),
      h('a', { href: comparePage(b, a) }, 'Swap A and B'),
    ),
    one.analysis && other.analysis
      ? [
          cautionsOf(one.live, other.live).map((text) => h('p', { key: text, role: 'note', class: 'caution' }, text)),
          h(Comparison, {
            key: 'comparison',
            a: one.analysis,
            b: other.analysis,
            tookA: tookOf(one.analysis, one.live),
            tookB: tookOf(other.analysis, other.live),
          }),
        ]
      : h(
          'div',
          { class: 'compare-waiting' },
          h(Waiting, { name: 'A', traceId: a, live: one.live }),
          h(Waiting, { name: 'B', traceId: b, live: other.live }),
        ),
  );
};

const Waiting = ({ name, traceId, live }: { name: string; traceId: string; live: LiveTrace }): ComponentChildren => {
  if (live.state === 'here') return null;
  if (live.state === 'failed') return h('p', { role: 'alert', class: 'error' }, live.problem);
  const text = live.state === 'loading' ? 'is being loaded' : 'is not here, or not any more. Waiting for it';
  return h('p', { role: 'status' }, `Trace ${name} (`, h('code', null, traceId), `) ${text}…`);
};

/** Milliseconds, as the list has it: of what still runs, what is seen of it so far. */
const tookOf = (analysis: TraceAnalysis, live: LiveTrace): number =>
  live.state === 'here' && live.complete ? analysis.took : analysis.total;

interface Props {
  a: TraceAnalysis;
  b: TraceAnalysis;
  /** Milliseconds of the requests. */
  tookA: number;
  tookB: number;
}

const Comparison = ({ a, b, tookA, tookB }: Props): ComponentChildren => {
  const [order, setOrder] = useState<RowOrder>('tree');
  const rows = useMemo(() => compareTraces(a.trace, b.trace), [a, b]);
  const colours = useMemo(() => serviceColours([...a.services.keys(), ...b.services.keys()]), [a, b]);
  const total = Math.max(a.total, b.total);
  const difference = tookB - tookA;
  const choice = (value: RowOrder, text: string): ComponentChildren =>
    h('button', { type: 'button', 'aria-pressed': order === value, onClick: () => setOrder(value) }, text);
  return [
    h(
      'h1',
      { key: 'title' },
      difference === 0
        ? 'Both took the same time'
        : [
            'B took ',
            h('strong', { key: 'by', class: 'number' }, formatDuration(Math.abs(difference))),
            difference > 0 ? ' longer than A' : ' less than A',
          ],
      h('span', { class: 'weak number' }, ` (${formatDuration(tookA)} → ${formatDuration(tookB)})`),
    ),
    h(
      'div',
      { key: 'traces', class: 'compared' },
      h(ComparedTrace, { name: 'A', analysis: a, took: tookA, colours, total }),
      h(ComparedTrace, { name: 'B', analysis: b, took: tookB, colours, total }),
    ),
    h(WhatDiffers, { key: 'attributes', a, b }),
    h('h2', { key: 'spans' }, 'Spans'),
    h(
      'div',
      { key: 'tools', class: 'compare-tools', role: 'group', 'aria-label': 'Order of the spans' },
      choice('tree', 'Tree order'),
      choice('difference', 'By difference in self time'),
      h('span', { class: 'weak' }, 'Self time: in which no child of the span ran.'),
    ),
    // Another order begins at its top again: thousands of rows that move take seconds.
    h(ComparisonTable, { key: `spans ${order}`, a, b, rows, order }),
  ];
};
