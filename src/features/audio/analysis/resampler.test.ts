import { expect, test } from 'vitest';
import { Resampler } from './resampler.ts';

const sine = (hertz: number, rate: number, seconds: number): Float64Array =>
  Float64Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / rate));

const resample = (signal: Float64Array, from: number, to: number, cut: number): number[] => {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let start = 0; start < signal.length; start += cut) {
    const block = signal.slice(start, start + cut);
    out.push(...resampler.push(block, block.length));
  }
  out.push(...resampler.finish());
  return out;
};

test.each([8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000])(
  'from %i Hz, nothing is late or weaker',
  (from) => {
    const out = resample(sine(1000, from, 1), from, 22_050, 1000);
    expect(Math.abs(out.length - 22_050)).toBeLessThanOrEqual(1);
    const expected = sine(1000, 22_050, 1);
    const worst = Math.max(...out.slice(200, 21_800).map((sample, n) => Math.abs(sample - (expected[n + 200] ?? 0))));
    expect(worst).toBeLessThan(0.02);
  },
);

test('what is too high for the new rate does not come back as something lower', () => {
  const out = resample(sine(15_000, 48_000, 1), 48_000, 22_050, 4096);
  expect(Math.max(...out.slice(200, -200).map(Math.abs))).toBeLessThan(0.005);
});

test('cuts make no difference', () => {
  const signal = sine(440, 48_000, 0.5);
  expect(resample(signal, 48_000, 22_050, 777)).toEqual(resample(signal, 48_000, 22_050, 24_000));
});
