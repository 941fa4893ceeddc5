import { expect, test } from 'vitest';
import { axisTicks, momentLabel } from './axis-ticks.ts';

const labels = (from: number, to: number, most = 5): string[] =>
  axisTicks({ from, to }, most).map(({ label }) => label);

test('ticks are round numbers in one unit', () => {
  expect(labels(0, 420)).toEqual(['0', '100 ms', '200 ms', '300 ms', '400 ms']);
  expect(labels(0, 11.5)).toEqual(['0', '5 ms', '10 ms']);
  expect(labels(0, 4200)).toEqual(['0', '1 s', '2 s', '3 s', '4 s']);
  expect(labels(0, 0.4)).toEqual(['0', '100 µs', '200 µs', '300 µs', '400 µs']);
  expect(labels(0, 250_000)).toEqual(['0', '1 min', '2 min', '3 min', '4 min']);
  expect(labels(0, 100_000)).toEqual(['0', '20 s', '40 s', '60 s', '80 s', '100 s']);
  expect(labels(0, 4 * 3_600_000)).toEqual(['0', '1 h', '2 h', '3 h', '4 h']);
  expect(labels(0, 2.6 * 86_400_000, 6)).toEqual(['0', '12 h', '24 h', '36 h', '48 h', '60 h']);
});

test('a window in the middle has labels that differ', () => {
  expect(labels(1200, 1200.5)).toEqual(['1200.0 ms', '1200.1 ms', '1200.2 ms', '1200.3 ms', '1200.4 ms', '1200.5 ms']);
  for (const [from, to] of [
    [0.01, 0.0123],
    [999, 1001],
    [59_990, 60_010],
    [7_200_000, 7_203_000],
  ] as const) {
    const all = labels(from, to);
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all).size).toBe(all.length);
  }
});

test('never more than fit, whatever the length', () => {
  for (let length = 0.002; length < 1e8; length *= 1.37) {
    const count = axisTicks({ from: 0, to: length }, 6).length;
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(7);
  }
});

test('a moment is told in the unit of the ticks, as exactly as a pixel is long', () => {
  const label = (at: number, from: number, to: number): string => momentLabel(at, { from, to }, 5, 500);
  expect(label(0, 0, 1450)).toBe('0');
  expect(label(557, 0, 1450)).toBe('0.557 s');
  expect(label(557.3, 0, 14_500)).toBe('0.56 s');
  expect(label(4.321, 0, 40)).toBe('4.3 ms');
  expect(label(1200.123, 1200, 1201)).toBe('1200.123 ms');
});

test('no time, no ticks', () => {
  expect(axisTicks({ from: 5, to: 5 }, 5)).toEqual([]);
  expect(axisTicks({ from: 0, to: 5 }, 0)).toEqual([]);
});
