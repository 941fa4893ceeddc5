import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixFrame, PeakMeter, quantize } from './peaks.ts';

/** The definition, word by word, over the whole signal at once. */
const naive = (samples: readonly number[]): { pairs: number[]; samplesPerPixel: number } => {
  let samplesPerPixel = 2;
  while (Math.ceil(samples.length / samplesPerPixel) > 2048) samplesPerPixel *= 2;
  const pairs: number[] = [];
  for (let start = 0; start < samples.length; start += samplesPerPixel) {
    const pixel = samples.slice(start, start + samplesPerPixel).map((x) => Math.round(127 * x));
    for (const extreme of [Math.min(...pixel), Math.max(...pixel)]) {
      pairs.push(Math.max(-128, Math.min(127, extreme)));
    }
  }
  return { pairs: [...Int8Array.from(pairs)], samplesPerPixel };
};

const measured = (samples: readonly number[], cut: number) => {
  const meter = new PeakMeter();
  for (let start = 0; start < samples.length; start += cut) {
    const block = Float64Array.from(samples.slice(start, start + cut));
    meter.push(block, block.length);
  }
  return meter.finish(44_100);
};

const noise = (length: number): number[] => Array.from({ length }, (_, n) => 1.1 * Math.sin(n * n));

test.each([0, 1, 2, 3, 4095, 4096, 4097, 8192, 8193, 100_000, 262_144, 262_145])('%i samples', (length) => {
  const samples = noise(length);
  const { pairs, samplesPerPixel } = naive(samples);
  const { peaks, waveform } = measured(samples, 1000);
  expect(waveform).toEqual({ sampleRate: 44_100, samplesPerPixel, length: pairs.length / 2 });
  expect([...peaks]).toEqual(pairs);
});

test('however it is cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 9000 }), (length, cut) => {
      const samples = noise(length);
      expect([...measured(samples, cut).peaks]).toEqual(naive(samples).pairs);
    }),
    { numRuns: 30 },
  );
});

test('has 1,025 to 2,048 pixels from 2,049 samples on', () => {
  for (const length of [4097, 5000, 65_537, 300_001]) {
    const { waveform } = measured(noise(length), 4096);
    expect(waveform.length).toBeGreaterThanOrEqual(1025);
    expect(waveform.length).toBeLessThanOrEqual(2048);
  }
});

test('rounds to the nearest, halves up, and holds what is too loud', () => {
  expect([0, 1, -1, 2, -2, 0.5 / 127, 1.5 / 127, 0.49 / 127].map(quantize)).toEqual([0, 127, -127, 127, -128, 1, 2, 0]);
  expect(Math.abs(quantize(-0.5 / 127))).toBe(0);
});

test('mixes to the mean, and takes what is no number for silence', () => {
  const samples = Float32Array.of(1, 0.5, Number.NaN, 1, Number.POSITIVE_INFINITY, 0, 3e38, 3e38);
  expect([0, 2, 4, 6].map((start) => mixFrame(samples, start, 2))).toEqual([0.75, 0, 0, Math.fround(3e38)]);
});
