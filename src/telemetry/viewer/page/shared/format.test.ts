import { describe, expect, it } from 'vitest';
import { formatBound, formatCount, formatDateTime, formatDuration, formatMoment, formatTime } from './format.ts';

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.0004, '1 µs'],
    [0.812, '812 µs'],
    [0.9994, '999 µs'],
    [0.9996, '1.00 ms'],
    [4.694, '4.69 ms'],
    [9.996, '10.0 ms'],
    [43.21, '43.2 ms'],
    [99.96, '100 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1250, '1.25 s'],
    [59_994, '60.0 s'],
    [59_996, '1 min'],
    [125_000, '2 min 5 s'],
    [3_725_000, '1 h 2 min'],
    [7_200_000, '2 h'],
    [86_399_400, '23 h 59 min'],
    [224_640_000, '2 d 14 h'],
    [-43.21, '−43.2 ms'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('writes bounds without zeros that say nothing', () =>
    expect([0.2, 1, 2.5, 50, 1500, 0].map(formatBound)).toEqual([
      '200 µs',
      '1 ms',
      '2.5 ms',
      '50 ms',
      '1.5 s',
      '0 ms',
    ]));
});

describe('times and numbers', () => {
  const time = new Date(2026, 10, 1, 4, 3, 2, 7).getTime();
  it('writes a time with milliseconds', () => expect(formatTime(time)).toBe('04:03:02.007'));
  it('writes a date before it', () => expect(formatDateTime(time)).toBe('2026-11-01 04:03:02.007'));
  it('names the day when it is another one', () =>
    expect([time + 1000, time + 86_400_000].map((now) => formatMoment(time, now))).toEqual([
      '04:03:02.007',
      '11-01 04:03',
    ]));
  it('counts', () =>
    expect([0, 1, 12_345].map((count) => formatCount(count, 'trace'))).toEqual([
      '0 traces',
      '1 trace',
      '12,345 traces',
    ]));
});
