import { expect, test } from 'vitest';
import { newSpanId, newTraceId } from './ids.ts';

const COUNT = 1_000_000;

test('a million ids of each kind are well-formed and all different', () => {
  const spanIds = new Set<string>();
  const traceIds = new Set<string>();
  for (let i = 0; i < COUNT; i += 1) {
    spanIds.add(newSpanId());
    traceIds.add(newTraceId());
  }
  expect(spanIds.size).toBe(COUNT);
  expect(traceIds.size).toBe(COUNT);
  for (const id of spanIds) if (!/^(?!0{16})[0-9a-f]{16}$/.test(id)) throw new Error(id);
  for (const id of traceIds) if (!/^(?!0{32})[0-9a-f]{32}$/.test(id)) throw new Error(id);
});

test('each digit is as likely as any other, in each place of a trace id', () => {
  const count = 50_000;
  const seen = Array.from({ length: 32 }, () => new Map<string, number>());
  for (let i = 0; i < count; i += 1) {
    const id = newTraceId();
    for (const [place, digits] of seen.entries()) digits.set(id[place] ?? '', (digits.get(id[place] ?? '') ?? 0) + 1);
  }
  const mean = count / 16;
  // Six standard deviations, 512 times: one failure in a million runs.
  const most = 6 * Math.sqrt(mean * (1 - 1 / 16));
  for (const digits of seen) {
    expect(digits.size).toBe(16);
    for (const times of digits.values()) expect(Math.abs(times - mean)).toBeLessThan(most);
  }
});
