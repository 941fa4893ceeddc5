import type { TimeWindow } from './time-window.ts';

export interface Tick {
  /** Milliseconds after the trace's start. */
  at: number;
  label: string;
}

const UNITS = [
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1000, name: 's' },
  { ms: 1, name: 'ms' },
  { ms: 0.001, name: 'µs' },
] as const;
const FINEST = UNITS[4];

const DAY = 24 * 60;
/** Minutes. */
const LONG_STEPS = [1, 2, 5, 10, 30, 60, 2 * 60, 3 * 60, 6 * 60, 12 * 60, DAY];

/** Steps that people count in: of minutes, hours and days; below, 1, 2 and 5 times a power of ten. */
const stepOf = (atLeast: number): number => {
  if (atLeast > 20_000) {
    const minutes = LONG_STEPS.find((count) => count * 60_000 >= atLeast);
    return (minutes ?? Math.ceil(atLeast / 60_000 / DAY) * DAY) * 60_000;
  }
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5].find((factor) => factor * power >= atLeast * 0.999) ?? 10) * power;
};

/**
 * Writes moments of a window, all in one unit.
 * @param step milliseconds between ticks, which decides on the unit
 * @param finest milliseconds that are to be told apart
 */
const labelling = (window: TimeWindow, step: number, finest: number): ((at: number) => string) => {
  // The unit of the largest number, so that neighbours compare at a glance; a smaller one where zooming needs it.
  // A third of a minute is no round number: minutes and hours come whole.
  const unit =
    UNITS.find(({ ms }) => ms <= Math.max(window.to, step) && step / ms >= (ms > 1000 ? 1 : 0.009)) ?? FINEST;
  const digits = Math.max(0, Math.ceil(-Math.log10((finest / unit.ms) * 1.001)));
  return (at) => (at === 0 ? '0' : `${(at / unit.ms).toFixed(digits)} ${unit.name}`);
};

/**
 * A moment, more exactly than the ticks are, in their unit.
 * @param at milliseconds after the trace's start
 * @param most ticks that the window has
 * @param places how many moments of it can be told apart, such as its pixels
 */
export const momentLabel = (at: number, window: TimeWindow, most: number, places: number): string => {
  const length = window.to - window.from;
  return labelling(window, stepOf(length / most), stepOf(length / places))(at);
};

/** @returns moments at a readable distance from each other, at most `most` of them, all told in one unit. */
export const axisTicks = (window: TimeWindow, most: number): Tick[] => {
  const length = window.to - window.from;
  if (!(length > 0) || most < 1) return [];
  const step = stepOf(length / most);
  const label = labelling(window, step, step);
  const ticks: Tick[] = [];
  for (let index = Math.ceil((window.from / step) * 0.999999); index * step <= window.to * 1.000001; index += 1) {
    const at = index * step;
    ticks.push({ at, label: label(at) });
  }
  return ticks;
};
