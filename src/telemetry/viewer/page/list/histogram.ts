import { type ComponentChildren, h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { histogram } from '../../model/statistics.ts';
import type { TraceSummary } from '../../model/summary.ts';
import { formatBound, formatCount } from '../shared/format.ts';
import type { DurationRange } from './filter-text.ts';

const BARS = 24;

interface Props {
  /** All that match but for their durations. */
  traces: readonly TraceSummary[];
  range: DurationRange;
  onPick: (range: DurationRange) => void;
}

const share = (part: number, whole: number): string => `${whole > 0 ? (part / whole) * 100 : 0}%`;

/** How many traces took how long. A bar narrows the list to its range; those outside are pale. */
export const Histogram = ({ traces, range, onPick }: Props): ComponentChildren => {
  const group = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const bars = histogram(
    traces.map(({ duration }) => duration),
    BARS,
  );
  if (bars.length === 0) return null;
  const highest = Math.max(...bars.map(({ count }) => count));
  const failed = traces.filter((trace) => trace.failed).map(({ duration }) => duration);
  const filled = bars.flatMap(({ count }, index) => (count > 0 ? [index] : []));
  const reachable = filled.includes(current) ? current : filled[0];

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step === undefined ? undefined : filled[filled.indexOf(reachable ?? 0) + step];
    if (next === undefined) return;
    event.preventDefault();
    setCurrent(next);
    const button = group.current?.children[next];
    if (button instanceof HTMLElement) button.focus();
  };

  return h(
    'div',
    { ref: group, class: 'histogram', role: 'group', 'aria-label': 'Durations', onKeyDown },
    bars.map(({ from, to, count }, index) => {
      const name = `${formatBound(from)} to ${formatBound(to)}: ${formatCount(count, 'trace')}`;
      const errors = failed.filter((duration) => duration >= from && duration < to).length;
      const inside = to > range.min && from < range.max;
      return h(
        'button',
        {
          key: from,
          type: 'button',
          class: inside ? 'hist-bar' : 'hist-bar pale',
          disabled: count === 0,
          tabIndex: index === reachable ? 0 : -1,
          title: errors > 0 ? `${name}, ${errors} failed` : name,
          'aria-label': name,
          'aria-pressed': from === range.min && to === range.max,
          onFocus: () => setCurrent(index),
          onClick: () => onPick({ min: from, max: to }),
        },
        h(
          'span',
          { class: 'hist-fill', style: { height: share(count, highest) } },
          errors > 0 && h('span', { class: 'hist-errors', style: { height: share(errors, count) } }),
        ),
        // One that begins at the end would be cut off.
        index % 4 === 0 &&
          (index === 0 || index + 2 < bars.length) &&
          h('span', { class: 'hist-tick' }, formatBound(from)),
      );
    }),
  );
};
