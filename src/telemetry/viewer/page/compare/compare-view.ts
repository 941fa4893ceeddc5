import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { compareTraces } from '../../model/compare.ts';
import { comparePage, tracePage } from '../shared/api.ts';
import { serviceColours } from '../shared/colours.ts';
import { formatDuration } from '../shared/format.ts';
import { useTitle } from '../shared/title.ts';
import { useAnalysedTrace } from '../trace/analysed-trace.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import type { LiveTrace } from '../trace/live-trace.ts';
import { ComparedTrace } from './compared-trace.ts';
import { ComparisonTable, type RowOrder } from './comparison-table.ts';

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
      h('a', { href: '/traces' }, '← Traces'),
      h('a', { href: tracePage(a) }, 'Trace A'),
      h('a', { href: tracePage(b) }, 'Trace B'),
      h('a', { href: comparePage(b, a) }, 'Swap A and B'),
    ),
    one.analysis && other.analysis
      ? h(Comparison, { a: one.analysis, b: other.analysis })
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

const Comparison = ({ a, b }: { a: TraceAnalysis; b: TraceAnalysis }): ComponentChildren => {
  const [order, setOrder] = useState<RowOrder>('tree');
  const rows = useMemo(() => compareTraces(a.trace, b.trace), [a, b]);
  const colours = useMemo(() => serviceColours([...a.services.keys(), ...b.services.keys()]), [a, b]);
  const total = Math.max(a.total, b.total);
  const difference = b.took - a.took;
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
      h('span', { class: 'weak number' }, ` (${formatDuration(a.took)} → ${formatDuration(b.took)})`),
    ),
    h(
      'div',
      { key: 'traces', class: 'compared' },
      h(ComparedTrace, { name: 'A', analysis: a, colours, total }),
      h(ComparedTrace, { name: 'B', analysis: b, colours, total }),
    ),
    h(
      'div',
      { key: 'tools', class: 'compare-tools', role: 'group', 'aria-label': 'Order of the spans' },
      choice('tree', 'Tree order'),
      choice('difference', 'By difference'),
    ),
    h(ComparisonTable, { key: 'table', a, b, rows, order }),
  ];
};
