import { type ComponentChildren, h } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TraceSummary } from '../../model/summary.ts';
import { tracePage } from '../shared/api.ts';
import { useMedia } from '../shared/media.ts';
import { navigate } from '../shared/router.ts';
import { useVirtualRows } from '../shared/virtual-rows.ts';
import { useGridFocus } from './grid-focus.ts';
import { GridHead } from './grid-head.ts';
import { useListKey } from './list-keys.ts';
import { useRecycledKeys } from './recycled-keys.ts';
import { useScrollAnchor } from './scroll-anchor.ts';
import type { ListOrder } from './trace-order.ts';
import { rowId, TraceRow } from './trace-row.ts';

/** Pixels; list.css has the same. */
const ROW = 28;
const TALL_ROW = 52;
/** Milliseconds that a new row stands out. */
const FRESH = 2000;

interface Props {
  traces: readonly TraceSummary[];
  arrivals: ReadonlyMap<string, number>;
  selected: ReadonlySet<string>;
  onSelect: (traceId: string) => void;
  order: ListOrder;
  onOrder: (order: ListOrder) => void;
  /** What the traces were found by: their pages begin with it. */
  find: string | undefined;
  /** The list starts at its top again when this changes. */
  resetKey: string;
}

/** A tenth of a millisecond is no length, the slowest is the whole. */
const barLength = (duration: number, slowest: number): number =>
  slowest > 0 ? Math.log1p(duration * 10) / Math.log1p(slowest * 10) : 0;

/** The table of traces; draws the rows that are in sight. */
export const TraceGrid = (props: Props): ComponentChildren => {
  const { traces, arrivals, selected, onSelect, order, onOrder, find, resetKey } = props;
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
    else if (event.key === 'Enter' && onRow && currentId) navigate(tracePage(currentId, find));
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
  const ids = drawn.map(({ trace }) => trace.traceId);
  const keys = useRecycledKeys(ids);
  const placed = drawn.map((row) => ({ ...row, key: keys.get(row.trace.traceId) ?? 0 })).sort((a, b) => a.key - b.key);

  return h(
    'div',
    { class: 'traces' },
    h(
      'div',
      { class: 'traces-grid', role: 'grid', 'aria-label': 'Traces', 'aria-rowcount': traces.length + 1, onKeyDown },
      h(GridHead, { order, onOrder }),
      h(
        'div',
        {
          ref: containerRef,
          class: 'traces-body',
          role: 'rowgroup',
          // The order in which they are read.
          'aria-owns': ids.map(rowId).join(' '),
          onScroll: () => {
            rows.onScroll();
            anchor.onScroll();
          },
        },
        h(
          'div',
          { role: 'presentation', class: 'traces-all', style: { height: `${rows.totalHeight}px` } },
          placed.map(({ key, trace, index }) =>
            h(TraceRow, {
              key,
              trace,
              find,
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
