import { expect, test } from 'vitest';
import { type LoopSpec, loop, randomizer, STYLES, type Style } from '../../../../test/audio/loops.ts';
import { type Key, play, type Sound } from '../../../../test/audio/sounds.ts';
import { ONSET_RATE, OnsetMeter } from './onsets.ts';
import { estimateTempo, type Tempo } from './tempo.ts';

const tempoOf = (...blocks: Float64Array[]): Tempo | null => {
  const meter = new OnsetMeter();
  for (const block of blocks) meter.push(block);
  return estimateTempo(meter.finish());
};

const tempoOfSound = (sound: Sound, bpm: number, seconds: number, gain = 1, key: Key = 'C major'): Tempo | null =>
  tempoOf(
    ...[...play(sound, { seconds, rate: ONSET_RATE, bpm, key }, 1, gain)].map((block) => Float64Array.from(block)),
  );

const EVERY_SEVEN = Array.from({ length: 21 }, (_, step) => 60 + 7 * step);
const off = (tempo: Tempo | null, bpm: number): number => Math.abs((tempo?.bpm ?? 0) / bpm - 1);

test.each(EVERY_SEVEN)('clicks at %i bpm', (bpm) => {
  expect(off(tempoOfSound('clicks', bpm, 10), bpm)).toBeLessThan(0.001);
  expect(off(tempoOfSound('clicks', bpm, 4), bpm)).toBeLessThan(0.003);
  expect(tempoOfSound('clicks', bpm, 10)?.confidence).toBeGreaterThan(0.9);
});

test('clicks at tempos between, and quiet ones', () => {
  for (const bpm of [60, 73.3, 99.9, 120.5, 174.25, 199]) {
    expect(off(tempoOfSound('clicks', bpm, 20, 0.05), bpm)).toBeLessThan(0.001);
  }
});

test('two bars are enough', () => {
  for (const bpm of [112, 120, 128, 140]) {
    expect(off(tempoOf(loop({ ...HOUSE, bpm, bars: 2 })), bpm)).toBeLessThan(0.005);
  }
});

const HOUSE: LoopSpec = { seed: 1, bpm: 124, root: 9, minor: true, bars: 2, rate: ONSET_RATE };

/** Tempos as the styles have them. */
const RANGES: Record<Style, readonly [number, number]> = {
  house: [118, 130],
  techno: [125, 145],
  hiphop: [80, 100],
  trap: [130, 160],
  drumandbass: [165, 180],
  breakbeat: [110, 140],
  garage: [128, 138],
  rock: [90, 140],
};

/** Counts over all styles and six tempos of each, a third of them swung. */
const table = (parts: LoopSpec['parts'] & {}): { exact: number; octave: number; of: number } => {
  const found = { exact: 0, octave: 0, of: 0 };
  for (const [index, style] of (Object.keys(STYLES) as Style[]).entries()) {
    const [low, high] = RANGES[style];
    for (let step = 0; step < 6; step += 1) {
      const bpm = low + ((high - low) * step) / 5;
      const swing = step % 3 === 2 ? 0.3 : 0;
      const seed = 40 + 6 * index + step;
      const tempo = tempoOf(
        loop({ ...HOUSE, seed, bpm, bars: 4, root: step, minor: step % 2 === 0, style, swing, parts }),
      );
      found.of += 1;
      if (off(tempo, bpm) < 0.005) found.exact += 1;
      else if (off(tempo, bpm / 2) < 0.005 || off(tempo, bpm * 2) < 0.005) found.octave += 1;
    }
  }
  return found;
};

test('loops of eight styles', () => {
  const drums = table(['drums']);
  const full = table(['drums', 'bass', 'chords', 'lead']);
  const played = table(['chords', 'lead']);
  console.info('tempo', { drums, full, played });
  expect(drums.exact).toBeGreaterThanOrEqual(0.8 * drums.of);
  expect(drums.exact + drums.octave).toBeGreaterThanOrEqual(0.97 * drums.of);
  expect(full.exact).toBeGreaterThanOrEqual(0.8 * full.of);
  expect(full.exact + full.octave).toBeGreaterThanOrEqual(0.97 * full.of);
  expect(played.exact).toBeGreaterThanOrEqual(0.9 * played.of);
});

test('kick, snare and hats with chords, 88 to 179 bpm', () => {
  for (const bpm of EVERY_SEVEN.filter((bpm) => bpm >= 88 && bpm <= 179)) {
    expect(off(tempoOfSound('music', bpm, 12), bpm)).toBeLessThan(0.003);
  }
});

test('no tempo where nothing repeats', () => {
  for (const sound of ['silence', 'noise', 'tone', 'sweep'] as const) expect(tempoOfSound(sound, 120, 10)).toBeNull();
});

test('no tempo in what swells slowly', () => {
  const random = randomizer(5);
  for (let trial = 0; trial < 5; trial += 1) {
    // Notes of a seventh chord over two octaves: none so near to another that the two beat.
    const notes = [0, 3, 7, 10, 14, 19].map((step) => ({
      hertz: 110 * 2 ** ((trial + step) / 12),
      slow: 0.05 + 0.2 * random(),
    }));
    const pad = Float64Array.from({ length: 10 * ONSET_RATE }, (_, n) => {
      const time = n / ONSET_RATE;
      let sum = 0;
      for (const { hertz, slow } of notes)
        sum += Math.sin(2 * Math.PI * hertz * time) * (1 + Math.sin(2 * Math.PI * slow * time));
      return 0.08 * sum;
    });
    expect(tempoOf(pad)).toBeNull();
  }
});

test('no tempo of hits at random', () => {
  const random = randomizer(11);
  const claims = Array.from({ length: 8 }, () => {
    const signal = new Float64Array(10 * ONSET_RATE);
    for (let hit = 0; hit < 30; hit += 1) {
      const start = Math.floor(random() * signal.length);
      for (let n = 0; n < 2000 && start + n < signal.length; n += 1) {
        signal[start + n] = (signal[start + n] ?? 0) + (2 * random() - 1) * Math.exp(-n / 300);
      }
    }
    return tempoOf(signal)?.confidence ?? 0;
  });
  expect(Math.max(...claims)).toBeLessThan(0.3);
});

test('no tempo of less than two seconds', () => {
  expect(tempoOfSound('clicks', 120, 1.8)).toBeNull();
  expect(tempoOfSound('clicks', 120, 0.1)).toBeNull();
  expect(tempoOf()).toBeNull();
});
