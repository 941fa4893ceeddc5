import type { TimeWindow } from './time-window.ts';

export interface Tick {
  /** Milliseconds after the trace's start. */
  at: number;
  label: string;
}

const UNITS = [
  { ms: 60_000, name: 'min' },
  { ms: 1000, name: 's' },
  { ms: 1, name: 'ms' },
  { ms: 0.001, name: 'µs' },
] as const;

/** Steps that people count in: of minutes, 1, 2, 5, 10, 30; else 1, 2 and 5 times a power of ten. */
const stepOf = (atLeast: number): number => {
  if (atLeast > 30_000) {
    const minutes = [1, 2, 5, 10, 30, 60].find((count) => count * 60_000 >= atLeast);
    return minutes ? minutes * 60_000 : Math.ceil(atLeast / 3_600_000) * 3_600_000;
  }
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5].find((factor) => factor * power >= atLeast * 0.999) ?? 10) * power;
};

/** @returns moments at a readable distance from each other, at most `most` of them, all told in one unit. */
export const axisTicks = (window: TimeWindow, most: number): Tick[] => {
  const length = window.to - window.from;
  if (!(length > 0) || most < 1) return [];
  const step = stepOf(length / most);
  // The unit of the largest number, so that neighbours compare at a glance; a smaller one where zooming needs it.
  const unit = UNITS.find(({ ms }) => ms <= Math.max(window.to, step) && step / ms >= 0.009) ?? UNITS[3];
  const digits = Math.max(0, Math.ceil(-Math.log10((step / unit.ms) * 1.001)));
  const ticks: Tick[] = [];
  for (let index = Math.ceil((window.from / step) * 0.999999); index * step <= window.to * 1.000001; index += 1) {
    const at = index * step;
    ticks.push({ at, label: at === 0 ? '0' : `${(at / unit.ms).toFixed(digits)} ${unit.name}` });
  }
  return ticks;
};
