export interface Percentiles {
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

/** One bar of a histogram: how many durations were at least `from` and below `to`, in milliseconds. */
export interface HistogramBar {
  from: number;
  to: number;
  count: number;
}

/** Bounds within one power of ten, finest first. All of them are short when written. */
const series = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];

/** What is shorter than this, in milliseconds, shares the first bar, which then begins at 0: a logarithm has no zero. */
const shortest = 0.01;

/**
 * Percentiles by nearest rank: the smallest duration that so many percent do not exceed.
 * @param durations milliseconds, in any order
 * @returns undefined when there are none
 */
export function percentiles(durations: readonly number[]): Percentiles | undefined {
  if (durations.length === 0) return undefined;
  const sorted = Float64Array.from(durations).sort();
  const rank = (percent: number) => sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? 0;
  return { p50: rank(50), p90: rank(90), p95: rank(95), p99: rank(99) };
}

/**
 * Bars without holes between the shortest and the longest duration, as fine as `bars` allows. Each begins at a readable
 * number and is about as much longer than the one before as that was: durations spread over powers of ten.
 * @param durations milliseconds, in any order
 * @param bars how many bars there may be, at least 1
 */
export function histogram(durations: readonly number[], bars: number): HistogramBar[] {
  const known = durations.filter((duration) => duration >= 0 && Number.isFinite(duration));
  if (known.length === 0) return [];
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const duration of known) {
    least = Math.min(least, duration);
    most = Math.max(most, duration);
  }
  const counted = boundsBetween(least, most, Math.max(1, Math.floor(bars)));
  const result = counted.slice(1).map((to, index) => ({ from: counted[index] ?? 0, to, count: 0 }));
  for (const duration of known) {
    const bar = result[lastAtMost(counted, duration)];
    if (bar !== undefined) bar.count++;
  }
  return result;
}

function boundsBetween(least: number, most: number, bars: number): number[] {
  const lowest = Math.floor(Math.log10(Math.max(least, shortest))) - 1;
  const highest = Math.ceil(Math.log10(Math.max(most, shortest))) + 1;
  for (const steps of series) {
    const bounds = trimmed(powers(lowest, highest, 1, steps), least, most);
    if (bounds.length - 1 <= bars) return bounds;
  }
  for (let stride = 2; stride <= highest - lowest; stride++) {
    const bounds = trimmed(powers(lowest, highest + stride, stride, [1]), least, most);
    if (bounds.length - 1 <= bars) return bounds;
  }
  return [0, Number(`1e${highest}`)];
}

function powers(lowest: number, highest: number, stride: number, steps: readonly number[]): number[] {
  const bounds: number[] = [];
  for (let power = lowest; power <= highest; power += stride) {
    // Read from text: 3 * 0.1 is not 0.3.
    for (const step of steps) bounds.push(Number(`${step}e${power}`));
  }
  return bounds;
}

/** The bounds from the last one that is not above `least` to the first one above `most`. */
function trimmed(bounds: readonly number[], least: number, most: number): number[] {
  const first = lastAtMost(bounds, least);
  const past = bounds.findIndex((bound) => bound > most && bound >= shortest);
  const kept = bounds.slice(Math.max(first, 0), past + 1).filter((bound) => bound >= shortest);
  return least < shortest ? [0, ...kept] : kept;
}

function lastAtMost(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
