import { type ComponentChildren, h } from 'preact';
import { axisTicks } from '../axis-ticks.ts';
import type { TimeWindow } from '../time-window.ts';
import { useTimeDrag } from './time-drag.ts';

interface Props {
  window: TimeWindow;
  total: number;
  /** Pixels. */
  width: number;
  onWindow: (window: TimeWindow) => void;
}

/** Pixels that a tick and its label need. */
const TICK = 90;
/** Pixels below which a label would be cut off at the edge. */
const LABEL = 48;

const shareOf = (at: number, { from, to }: TimeWindow): string => `${(((at - from) / (to - from)) * 100).toFixed(3)}%`;

/** The header above the bars: ticks of time, and a place to drag over to zoom. */
export const Axis = ({ window, total, width, onWindow }: Props): ComponentChildren => {
  const { chosen, handlers } = useTimeDrag({ shown: window, total, onWindow });
  return h(
    'div',
    { role: 'columnheader', class: 'axis', 'aria-label': 'Time', title: 'Drag to zoom', ...handlers },
    axisTicks(window, Math.max(2, width / TICK)).map(({ at, label }) =>
      h(
        'span',
        { key: at, class: 'tick', style: { left: shareOf(at, window) } },
        ((window.to - at) / (window.to - window.from)) * width > LABEL && label,
      ),
    ),
    chosen &&
      h('span', {
        class: 'chosen',
        style: { left: shareOf(chosen.from, window), right: `calc(100% - ${shareOf(chosen.to, window)})` },
      }),
  );
};

/** Lines under the ticks, behind the bars. */
export const TickLines = ({ window, width }: Pick<Props, 'window' | 'width'>): ComponentChildren =>
  h(
    'div',
    { class: 'tick-lines', 'aria-hidden': 'true' },
    axisTicks(window, Math.max(2, width / TICK)).map(({ at }) =>
      h('span', { key: at, style: { left: shareOf(at, window) } }),
    ),
  );
