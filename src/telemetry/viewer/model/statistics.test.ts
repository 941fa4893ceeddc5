import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogram, percentiles } from './statistics.ts';

const durations = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 200 });

test('percentiles are durations that occurred', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(hundred)).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99 });
  expect(percentiles([7])).toEqual({ p50: 7, p90: 7, p95: 7, p99: 7 });
  expect(percentiles([])).toBeUndefined();
});

test('as many are at most a percentile as its name says, and with any smaller one fewer', () => {
  fc.assert(
    fc.property(durations, (values) => {
      const { p90 } = percentiles(values) ?? { p90: Number.NaN };
      expect(values).toContain(p90);
      expect(values.filter((value) => value <= p90).length).toBeGreaterThanOrEqual(0.9 * values.length - 1e-9);
      expect(values.filter((value) => value < p90).length).toBeLessThan(0.9 * values.length);
    }),
  );
});

test('bars have readable bounds, evenly spread over powers of ten', () => {
  const bars = histogram([0.3, 1, 1.9, 2, 4.99, 90], 10);
  expect(bars).toEqual([
    { from: 0.2, to: 0.5, count: 1 },
    { from: 0.5, to: 1, count: 0 },
    { from: 1, to: 2, count: 2 },
    { from: 2, to: 5, count: 2 },
    { from: 5, to: 10, count: 0 },
    { from: 10, to: 20, count: 0 },
    { from: 20, to: 50, count: 0 },
    { from: 50, to: 100, count: 1 },
  ]);
});

test('durations that are alike, and those of no time at all, have a bar', () => {
  expect(histogram([5, 5], 20)).toEqual([{ from: 5, to: 6, count: 2 }]);
  expect(histogram([0], 20)).toEqual([{ from: 0, to: 0.01, count: 1 }]);
  expect(histogram([], 20)).toEqual([]);
  expect(histogram([Number.NaN], 20)).toEqual([]);
});

test('every duration stands in exactly one bar, the bars have no holes and are no more than asked for', () => {
  fc.assert(
    fc.property(durations, fc.integer({ min: 1, max: 60 }), (values, most) => {
      const bars = histogram(values, most);
      expect(bars.length).toBeLessThanOrEqual(most);
      expect(bars.length).toBeGreaterThan(0);
      for (const [index, bar] of bars.entries()) {
        expect(bar.from).toBeLessThan(bar.to);
        if (index > 0) expect(bar.from).toBe(bars[index - 1]?.to);
        expect(bar.count).toBe(values.filter((value) => value >= bar.from && value < bar.to).length);
      }
      expect(bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(values.length);
      expect(bars.at(0)?.count).toBeGreaterThan(0);
      expect(bars.at(-1)?.count).toBeGreaterThan(0);
    }),
  );
});
