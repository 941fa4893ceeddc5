import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { SpanNode } from '../../../model/span-tree.ts';
import { formatDuration } from '../../shared/format.ts';
import { useVirtualRows } from '../../shared/virtual-rows.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { treeKey } from '../keys.ts';
import { useRememberedSize } from '../remembered-size.ts';
import { Separator } from '../separator.ts';
import { zoomed } from '../time-window.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';
import { Axis, TickLines } from './axis.ts';
import { useElementWidth } from './element-width.ts';
import { HoverCard } from './hover-card.ts';
import { useHovered } from './hovered.ts';
import { Minimap } from './minimap.ts';
import { useRowClicks } from './row-clicks.ts';
import { useAnchor } from './scroll-anchor.ts';
import { ROW_HEIGHT, rowId } from './span-row.ts';
import { SpanRows } from './span-rows.ts';
import { useWheelZoom } from './wheel-zoom.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  /** Spans that are not hidden by a collapsed one. */
  rows: readonly SpanNode[];
  dispatch: (action: TraceAction) => void;
}

/** Pixels, as all rows. */
const AXIS_HEIGHT = ROW_HEIGHT;
const NARROWEST = 90;
/** Pixels that one level is set in by, as long as the deepest one leaves room for names. */
const indentFor = (deepest: number, width: number): number =>
  Math.min(14, Math.max(4, (width * 0.4) / Math.max(deepest, 1)));

/** All spans of a trace: their tree on the left, their times on the right. */
export const Waterfall = ({ analysis, colours, state, rows, dispatch }: Props): ComponentChildren => {
  const { total } = analysis;
  const window = useMemo(() => state.window ?? { from: 0, to: total }, [state.window, total]);
  const { containerRef, onScroll, first, last, totalHeight, scrollToRow } = useVirtualRows({
    count: rows.length,
    rowHeight: ROW_HEIGHT,
    headerHeight: AXIS_HEIGHT,
    overscan: 6,
  });
  const { width, scrollBar } = useElementWidth(containerRef);
  const [wanted, setNameWidth] = useRememberedSize(
    'names',
    Math.min(380, innerWidth * (innerWidth < 700 ? 0.52 : 0.4)),
  );
  const nameWidth = Math.min(wanted, Math.max(NARROWEST, width - 120));
  const barsWidth = Math.max(0, width - nameWidth);
  const { pointed, hoverHandlers } = useHovered();
  const pointer = pointed && window.from + pointed.share * (window.to - window.from);
  useAnchor(containerRef, rows, ROW_HEIGHT);

  const selectedRow = useMemo(
    () => rows.findIndex(({ span }) => span.spanId === state.selected),
    [rows, state.selected],
  );
  const lastRevealed = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    // Only a new selection scrolls: the reader may have scrolled away from the old one.
    if (selectedRow >= 0 && lastRevealed.current !== state.selected) scrollToRow(selectedRow);
    lastRevealed.current = state.selected;
  }, [selectedRow, state.selected, scrollToRow]);

  useWheelZoom(containerRef, (factor, share) =>
    dispatch({
      type: 'window',
      window: zoomed(window, total, factor, window.from + share * (window.to - window.from)),
    }),
  );

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = treeKey(event.key, { state, analysis, rows });
    if (!action) return;
    dispatch(action);
    event.preventDefault();
  };

  const indent = indentFor(analysis.deepest, nameWidth);
  const selectedInSight = selectedRow >= first && selectedRow < last;
  const zoomText = state.window
    ? `${formatDuration(window.to - window.from)} of ${formatDuration(total)}`
    : formatDuration(total);

  return h(
    'div',
    {
      class: 'waterfall',
      id: 'waterfall',
      style: {
        '--names': `${nameWidth}px`,
        '--span-row': `${ROW_HEIGHT}px`,
        '--indent': `${indent}px`,
        '--scroll-bar': `${scrollBar}px`,
      },
    },
    h(
      'div',
      { class: 'minimap-row' },
      h(
        'div',
        { class: 'minimap-side' },
        h('span', { class: 'number' }, zoomText),
        state.window &&
          h('button', { type: 'button', onClick: () => dispatch({ type: 'window', window: undefined }) }, 'Reset zoom'),
      ),
      h(Minimap, {
        analysis,
        colours,
        window,
        width: barsWidth,
        onWindow: (next) => dispatch({ type: 'window', window: next }),
      }),
    ),
    h(
      'div',
      {
        ref: containerRef,
        class: 'span-tree',
        role: 'treegrid',
        tabIndex: 0,
        'aria-label': 'Spans',
        'aria-rowcount': rows.length + 1,
        'aria-colcount': 2,
        ...(selectedInSight && state.selected && { 'aria-activedescendant': rowId(state.selected) }),
        onScroll,
        ...useRowClicks(analysis, dispatch),
        onKeyDown,
        ...hoverHandlers,
      },
      h(
        'div',
        { role: 'rowgroup', class: 'span-head' },
        h(
          'div',
          { role: 'row', 'aria-rowindex': 1, class: 'span-head-row' },
          h('div', { role: 'columnheader', class: 'names-head' }, 'Span'),
          h(Axis, {
            window,
            total,
            width: barsWidth,
            pointer,
            onWindow: (next) => dispatch({ type: 'window', window: next }),
          }),
        ),
      ),
      h(TickLines, { window, width: barsWidth, pointer }),
      h(SpanRows, { analysis, colours, state, rows, first, last, totalHeight, window, width: barsWidth, indent }),
    ),
    h(
      'div',
      { class: 'names-separator' },
      h(Separator, {
        label: 'Width of the names',
        controls: 'waterfall',
        orientation: 'vertical',
        size: nameWidth,
        smallest: NARROWEST,
        largest: Math.max(NARROWEST, width - 120),
        direction: 1,
        onSize: setNameWidth,
      }),
    ),
    pointed?.hovered && pointer !== undefined && h(HoverCard, { analysis, hovered: pointed.hovered, pointer }),
  );
};
