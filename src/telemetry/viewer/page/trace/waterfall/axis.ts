import { type ComponentChildren, h } from 'preact';
import { axisTicks, momentLabel, type Tick } from '../axis-ticks.ts';
import type { TimeWindow } from '../time-window.ts';
import { useTimeDrag } from './time-drag.ts';

interface Props {
  window: TimeWindow;
  total: number;
  /** Pixels. */
  width: number;
  /** Where the pointer is, in milliseconds after the trace's start. */
  pointer: number | undefined;
  onWindow: (window: TimeWindow) => void;
}

/** Pixels that a tick and its label need. */
const TICK = 90;
/** Pixels of a letter of a label, at most, and of the room around it. */
const LETTER = 7;
const AROUND = 8;

const mostTicks = (width: number): number => Math.max(2, width / TICK);

const shareOf = (at: number, { from, to }: TimeWindow): string => `${(((at - from) / (to - from)) * 100).toFixed(3)}%`;

/** A tick that has a place: its label stands after it, or before it where that would be cut off. */
interface PlacedTick extends Tick {
  isBefore: boolean;
  /** Pixels from the start of the axis that its label takes. */
  left: number;
  right: number;
}

const place = ({ at, label }: Tick, window: TimeWindow, width: number): PlacedTick => {
  const x = ((at - window.from) / (window.to - window.from)) * width;
  const room = label.length * LETTER + AROUND;
  const isBefore = x + room > width;
  return { at, label, isBefore, left: isBefore ? x - room : x, right: isBefore ? x : x + room };
};

const areApart = (one: PlacedTick, other: PlacedTick | undefined): boolean =>
  other === undefined || one.right <= other.left || other.right <= one.left;

/** The header above the bars: ticks of time, and a place to drag over to zoom. */
export const Axis = ({ window, total, width, pointer, onWindow }: Props): ComponentChildren => {
  const { chosen, handlers } = useTimeDrag({ shown: window, total, onWindow });
  const ticks = axisTicks(window, mostTicks(width)).map((tick) => place(tick, window, width));
  const label = pointer === undefined ? '' : momentLabel(pointer, window, mostTicks(width), Math.max(1, width));
  const pointed = pointer === undefined ? undefined : place({ at: pointer, label }, window, width);
  return h(
    'div',
    { role: 'columnheader', class: 'axis', 'aria-label': 'Time', title: 'Drag to zoom', ...handlers },
    ticks.map((tick, index) => {
      const isClear = areApart(tick, pointed) && (!tick.isBefore || areApart(tick, ticks[index - 1]));
      return h(TickMark, { key: tick.at, tick, window, isClear });
    }),
    pointed && h('span', { class: 'pointer-time', 'aria-hidden': 'true' }, h(TickMark, { tick: pointed, window })),
    chosen &&
      h('span', {
        class: 'chosen',
        style: { left: shareOf(chosen.from, window), right: `calc(100% - ${shareOf(chosen.to, window)})` },
      }),
  );
};

/** @param isClear whether its label has room beside the others */
const TickMark = (props: { tick: PlacedTick; window: TimeWindow; isClear?: boolean }): ComponentChildren => {
  const { tick, window, isClear = true } = props;
  const style = { left: shareOf(tick.at, window) };
  return h('span', { class: tick.isBefore ? 'tick tick-before' : 'tick', style }, isClear && tick.label);
};

/** Lines under the ticks and the pointer, behind the bars. */
export const TickLines = ({ window, width, pointer }: Pick<Props, 'window' | 'width' | 'pointer'>): ComponentChildren =>
  h(
    'div',
    { class: 'tick-lines', 'aria-hidden': 'true' },
    axisTicks(window, mostTicks(width)).map(({ at }) => h('span', { key: at, style: { left: shareOf(at, window) } })),
    pointer !== undefined && h('span', { class: 'pointer-line', style: { left: shareOf(pointer, window) } }),
  );
