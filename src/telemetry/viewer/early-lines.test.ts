import { expect, test, vi } from 'vitest';
import { EarlyLines } from './early-lines.ts';

const line = (json: string) => ({ json, at: 0 });
const LIMITS = { traces: 100, lines: 3, bytes: 10_000, age: 1000 };
const messages = (lines: EarlyLines, traceId: string): string[] | undefined =>
  lines.take(traceId)?.lines.map(({ line: one }) => ('json' in one ? one.json : one.message));

test('gives the lines of a trace, once, in order', () => {
  const early = new EarlyLines(LIMITS);
  for (const text of ['1', '2', '3', '4', '5']) early.add('a', line(text), 10);
  early.add('b', line('other'), 10);
  const taken = early.take('a');
  expect(taken?.lines.map(({ size }) => size)).toEqual([10, 10, 10]);
  expect(taken?.dropped).toBe(2);
  expect(early.take('a')).toBeUndefined();
  expect(messages(early, 'b')).toEqual(['other']);
});

test.each([
  ['traces', { traces: 10 }],
  ['bytes', { bytes: 100 }],
])('lets the oldest go when there are too many %s', (_name, limit) => {
  const early = new EarlyLines({ ...LIMITS, ...limit });
  for (let i = 0; i < 50; i += 1) early.add(`trace ${i}`, line('x'), 10);
  const held = Array.from({ length: 50 }, (_, i) => i).filter((i) => early.take(`trace ${i}`) !== undefined);
  expect(held.length).toBeGreaterThan(5);
  expect(held.length).toBeLessThanOrEqual(10);
  expect(held.at(-1)).toBe(49);
  expect(held).toEqual(Array.from({ length: held.length }, (_, i) => 50 - held.length + i));
});

test('lets go of what waits for too long', () => {
  vi.useFakeTimers();
  try {
    const early = new EarlyLines(LIMITS);
    early.add('a', line('old'), 10);
    vi.advanceTimersByTime(900);
    early.add('b', line('young'), 10);
    vi.advanceTimersByTime(900);
    early.add('c', line('new'), 10);
    expect(early.take('a')).toBeUndefined();
    expect(messages(early, 'b')).toEqual(['young']);
  } finally {
    vi.useRealTimers();
  }
});
