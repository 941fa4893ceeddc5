import { type ComponentChildren, h } from 'preact';
import { percentiles } from '../../model/statistics.ts';
import type { TraceSummary } from '../../model/summary.ts';
import { formatCount, formatDuration, formatNumber } from '../shared/format.ts';

interface Props {
  traces: readonly TraceSummary[];
  held: number;
  /** What has to be known so that nobody takes these numbers for others. */
  note: string | undefined;
}

/** How many are shown of those held, and how long they took. */
export const Statistics = ({ traces, held, note }: Props): ComponentChildren => {
  const durations = percentiles(traces.map(({ duration }) => duration));
  const failed = traces.filter((trace) => trace.failed).length;
  return [
    note && h('p', { key: 'note', class: 'not-applied' }, note),
    h(
      'p',
      { key: 'statistics', class: 'statistics' },
      h('span', { class: 'count' }, h('b', null, formatNumber(traces.length)), ` of ${formatCount(held, 'trace')}`),
      ' ',
      failed > 0 && h('span', { class: 'error' }, h('b', null, formatNumber(failed)), ' failed '),
      durations &&
        (['p50', 'p90', 'p95', 'p99'] as const).map((name) => [
          h('span', { key: name, class: 'percentile' }, `${name} `, h('b', null, formatDuration(durations[name]))),
          ' ',
        ]),
    ),
  ];
};
