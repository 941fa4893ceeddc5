/** The part of a trace that the waterfall shows, in milliseconds after the trace's start. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Clocks of spans tell microseconds apart at best: nothing is to be seen in less than two of them. */
const SHORTEST_MS = 0.002;

/** The same window, moved and cut so that it lies inside a trace of `total` ms. */
const inside = (from: number, length: number, total: number): TimeWindow => {
  const kept = Math.min(Math.max(length, SHORTEST_MS), total);
  const start = Math.min(Math.max(from, 0), total - kept);
  return { from: start, to: start + kept };
};

/**
 * @param factor above 1 shows less and more of it, below 1 the other way round
 * @param at ms after the trace's start; what happened then stays where it is on the screen
 */
export const zoomed = (window: TimeWindow, total: number, factor: number, at: number): TimeWindow => {
  const length = Math.max((window.to - window.from) / factor, SHORTEST_MS);
  const share = (at - window.from) / (window.to - window.from || 1);
  return inside(at - share * length, length, total);
};

/** @param by ms */
export const moved = (window: TimeWindow, total: number, by: number): TimeWindow =>
  inside(window.from + by, window.to - window.from, total);

/** A window whose ends were given in any order, such as by dragging. */
export const between = (one: number, other: number, total: number): TimeWindow =>
  inside(Math.min(one, other), Math.abs(one - other), total);

/** A window that shows a span with a little of what surrounds it; all in ms after the trace's start. */
export const around = (start: number, duration: number, total: number): TimeWindow => {
  const length = Math.max(duration * 1.2, SHORTEST_MS * 5);
  return inside(start + duration / 2 - length / 2, length, total);
};

/** Whether the window shows the whole trace, as far as anyone can see. */
export const isWhole = (window: TimeWindow, total: number): boolean => window.to - window.from >= total * 0.9999;
