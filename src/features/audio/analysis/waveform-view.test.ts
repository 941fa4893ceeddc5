import { expect, test } from 'vitest';
import { waveformJson, waveformSvg } from './waveform-view.ts';

const stored = (pairs: readonly number[]): Uint8Array => new Uint8Array(Int8Array.from(pairs).buffer);
const of = (length: number) => ({ sampleRate: 44_100, samplesPerPixel: 256, length });

test('gives the data of audiowaveform', () => {
  expect(waveformJson(stored([-128, 127, -3, 4]), of(2))).toEqual({
    version: 2,
    channels: 1,
    sample_rate: 44_100,
    samples_per_pixel: 256,
    bits: 8,
    length: 2,
    data: [-128, 127, -3, 4],
  });
});

test('reads peaks that lie in the middle of a larger buffer', () => {
  const pool = new Uint8Array([9, 9, 9, 0x80, 0x7f, 9]);
  expect(waveformJson(pool.subarray(3, 5), of(1)).data).toEqual([-128, 127]);
});

test('draws a bar for each pixel', () => {
  const svg = waveformSvg(stored([-128, 127, 0, 0]), of(2));
  expect(svg).toContain('viewBox="0 0 2 256"');
  expect(svg).toContain('d="M0.5 0V256M1.5 127V128"');
  expect(svg).toContain('<title>Waveform of 0.0 seconds of audio</title>');
  expect(svg).toContain('currentColor');
});

test('draws no more than 800 bars, none of a peak lost, in 20 KB', () => {
  for (const length of [801, 1025, 1601, 2048]) {
    const pairs = new Array<number>(2 * length).fill(0);
    pairs[2 * length - 1] = 127;
    pairs[2 * Math.floor(length / 3)] = -128;
    const svg = waveformSvg(stored(pairs), of(length));
    expect(svg.match(/M/g)).toHaveLength(800);
    expect(svg).toMatch(/M799\.5 0V128"/);
    expect(svg).toMatch(/M\d+\.5 127V256/);
    expect(svg.length).toBeLessThan(20_000);
  }
});

test('draws nothing of nothing', () => {
  expect(waveformSvg(stored([]), of(0))).toContain('viewBox="0 0 1 256"');
});
