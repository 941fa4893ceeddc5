import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatDuration } from '../../shared/format.ts';
import { useMedia } from '../../shared/media.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { between, isWhole, moved, type TimeWindow, zoomed } from '../time-window.ts';
import { paintMinimap } from './minimap-painting.ts';
import { useTimeDrag } from './time-drag.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  window: TimeWindow;
  /** Pixels. */
  width: number;
  onWindow: (window: TimeWindow | undefined) => void;
}

const STEP = 0.1;

/** The whole trace, small, and which part of it the waterfall shows. */
export const Minimap = ({ analysis, colours, window, width, onWindow }: Props): ComponentChildren => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useMedia('(prefers-color-scheme: dark)');
  const { total } = analysis;
  const all = { from: 0, to: total };
  const isAll = isWhole(window, total);
  const { chosen, handlers } = useTimeDrag({ shown: all, total, movable: isAll ? undefined : window, onWindow });
  const shown = chosen ?? window;
  const edges = { left: `${(shown.from / total) * 100}%`, right: `${100 - (shown.to / total) * 100}%` };

  // Colours differ with the scheme, pixels with the width.
  useLayoutEffect(() => {
    if (canvas.current) paintMinimap(canvas.current, analysis, colours);
  }, [analysis, colours, width, scheme]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const length = window.to - window.from;
    const next = {
      ArrowLeft: () => moved(window, total, -length * STEP),
      ArrowRight: () => moved(window, total, length * STEP),
      ArrowUp: () => zoomed(window, total, 1.5, (window.from + window.to) / 2),
      ArrowDown: () => zoomed(window, total, 1 / 1.5, (window.from + window.to) / 2),
      Home: () => moved(window, total, -total),
      End: () => moved(window, total, total),
    }[event.key];
    if (!next) return;
    onWindow(next());
    event.preventDefault();
    event.stopPropagation();
  };

  return h(
    'div',
    { class: 'minimap', ...handlers, onDblClick: () => onWindow(undefined) },
    h('canvas', { ref: canvas, 'aria-hidden': 'true' }),
    h('span', { class: 'minimap-outside', style: { left: '0', width: edges.left } }),
    h('span', { class: 'minimap-outside', style: { right: '0', width: edges.right } }),
    h(
      'div',
      {
        class: isAll && !chosen ? 'minimap-window' : 'minimap-window zoomed',
        style: edges,
        role: 'slider',
        tabIndex: 0,
        'aria-label': 'Part of the trace that is shown',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.round((window.from / total) * 100),
        'aria-valuetext': `${formatDuration(window.from)} to ${formatDuration(window.to)} of ${formatDuration(total)}`,
        title: 'Drag to zoom; arrow keys move it and zoom',
        onKeyDown,
      },
      h(Edge, { side: 'left', onMove: (at) => onWindow(between(at * total, window.to, total)) }),
      h(Edge, { side: 'right', onMove: (at) => onWindow(between(window.from, at * total, total)) }),
    ),
  );
};

/** An end of the window. @param onMove gets where it was dragged to, as a share of the minimap */
const Edge = ({ side, onMove }: { side: 'left' | 'right'; onMove: (at: number) => void }): ComponentChildren => {
  const held = useRef(false);
  const release = (): void => {
    held.current = false;
  };
  return h('span', {
    class: `minimap-edge minimap-edge-${side}`,
    onPointerDown: (event: PointerEvent) => {
      if (!(event.currentTarget instanceof Element)) return;
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = true;
    },
    onPointerMove: (event: PointerEvent) => {
      const box = event.currentTarget instanceof Element && event.currentTarget.closest('.minimap');
      if (!held.current || !box) return;
      event.stopPropagation();
      const { left, width } = box.getBoundingClientRect();
      onMove(Math.min(Math.max((event.clientX - left) / (width || 1), 0), 1));
    },
    onPointerUp: release,
    onPointerCancel: release,
  });
};
