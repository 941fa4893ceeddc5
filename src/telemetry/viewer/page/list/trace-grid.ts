import { type ComponentChildren, h } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TraceSummary } from '../../model/summary.ts';
import { tracePage } from '../shared/api.ts';
import { useMedia } from '../shared/media.ts';
import { navigate } from '../shared/router.ts';
import { useVirtualRows } from '../shared/virtual-rows.ts';
import { useGridFocus } from './grid-focus.ts';
import { useListKey } from './list-keys.ts';
import { useRecycledKeys } from './recycled-keys.ts';
import { useScrollAnchor } from './scroll-anchor.ts';
import { TraceRow } from './trace-row.ts';

/** Pixels; list.css has the same. */
const ROW = 28;
const TALL_ROW = 52;
/** Milliseconds that a new row stands out. */
const FRESH = 2000;

const columns: readonly (readonly [name: string, heading: string, hint?: string])[] = [
  ['select', ''],
  ['time', 'Time'],
  ['method', 'Method'],
  ['title', 'Route or name'],
  ['status', 'Status'],
  ['duration', 'Duration', 'The bars are logarithmic: the full length is the slowest one shown'],
  ['user', 'User'],
  ['feed', 'Feed'],
  ['queries', 'Queries'],
  ['cache', 'Cache'],
  ['spans', 'Spans'],
  ['lines', 'Lines'],
  ['services', 'Services'],
];

interface Props {
  traces: readonly TraceSummary[];
  arrivals: ReadonlyMap<string, number>;
  selected: ReadonlySet<string>;
  onSelect: (traceId: string) => void;
  /** The list starts at its top again when this changes. */
  resetKey: string;
}

/** A tenth of a millisecond is no length, the slowest is the whole. */
const barLength = (duration: number, slowest: number): number =>
  slowest > 0 ? Math.log1p(duration * 10) / Math.log1p(slowest * 10) : 0;

/** The table of traces; draws the rows that are in sight. */
export const TraceGrid = ({ traces, arrivals, selected, onSelect, resetKey }: Props): ComponentChildren => {
  const rowHeight = useMedia('(max-width: 640px)') ? TALL_ROW : ROW;
  const rows = useVirtualRows({ count: traces.length, rowHeight, overscan: 6 });
  const { containerRef, scrollToRow } = rows;
  const { currentId, setCurrent, move } = useGridFocus(traces, containerRef, scrollToRow);
  const anchor = useScrollAnchor({
    container: containerRef,
    traces,
    rowHeight,
    resetKey,
    onMoved: rows.onScroll,
  });
  const slowest = useMemo(() => traces.reduce((most, { duration }) => Math.max(most, duration), 0), [traces]);
  useListKey('j', () => move(1));
  useListKey('k', () => move(-1));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, Math.floor((containerRef.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -traces.length,
      End: traces.length,
    };
    const step = steps[event.key];
    const onRow = event.target instanceof Element && event.target.getAttribute('role') === 'row';
    if (step !== undefined) move(step);
    else if (event.key === 'Enter' && onRow && currentId) navigate(tracePage(currentId));
    else if (event.key === ' ' && onRow && currentId) onSelect(currentId);
    else return;
    event.preventDefault();
  };

  const now = Date.now();
  const drawn = traces.slice(rows.first, rows.last).map((trace, offset) => ({ trace, index: rows.first + offset }));
  // The row with the focus stays, however far it is scrolled away: without it the keys would go nowhere.
  const currentIndex = traces.findIndex(({ traceId }) => traceId === currentId);
  const current = traces[currentIndex];
  if (current && currentIndex < rows.first) drawn.unshift({ trace: current, index: currentIndex });
  if (current && currentIndex >= rows.last) drawn.push({ trace: current, index: currentIndex });
  const keys = useRecycledKeys(drawn.map(({ trace }) => trace.traceId));

  return h(
    'div',
    { class: 'traces' },
    h(
      'div',
      { class: 'traces-grid', role: 'grid', 'aria-label': 'Traces', 'aria-rowcount': traces.length + 1, onKeyDown },
      h(
        'div',
        { class: 'traces-head', role: 'rowgroup' },
        h(
          'div',
          { class: 'list-row', role: 'row', 'aria-rowindex': 1 },
          columns.map(([name, heading, hint]) =>
            h(
              'div',
              { key: name, role: 'columnheader', class: `list-cell col-${name}`, title: hint },
              name === 'select' && h('span', { class: 'heard-only' }, 'Selected'),
              name === 'duration'
                ? [h('span', { class: 'duration-number' }, heading), h('span', null, 'log scale')]
                : heading,
            ),
          ),
        ),
      ),
      h(
        'div',
        {
          ref: containerRef,
          class: 'traces-body',
          role: 'rowgroup',
          onScroll: () => {
            rows.onScroll();
            anchor.onScroll();
          },
        },
        h(
          'div',
          { role: 'presentation', class: 'traces-all', style: { height: `${rows.totalHeight}px` } },
          drawn.map(({ trace, index }) =>
            h(TraceRow, {
              key: keys.get(trace.traceId),
              trace,
              index,
              top: index * rowHeight,
              bar: barLength(trace.duration, slowest),
              selected: selected.has(trace.traceId),
              current: trace.traceId === currentId,
              fresh: now - (arrivals.get(trace.traceId) ?? 0) < FRESH,
              onSelect,
              onFocus: setCurrent,
            }),
          ),
        ),
      ),
    ),
    anchor.above > 0 &&
      h('button', { type: 'button', class: 'above', onClick: anchor.toTop }, `↑ ${anchor.above} above`),
  );
};
