import { expect, test } from 'vitest';
import { type LoopSpec, loop, randomizer, STYLES, type Style } from '../../../../test/audio/loops.ts';
import { FeatureExtractor } from './features.ts';
import { SAME_RECORDING, similarity } from './fingerprint.ts';

const RATE = 22_050;
const styles = Object.keys(STYLES) as Style[];

const termsOf = (signal: Float64Array, rate = RATE): Int32Array => {
  const extractor = new FeatureExtractor(rate, 1);
  extractor.push(Float32Array.from(signal));
  return extractor.finish().features.terms;
};
const made = (spec: Partial<LoopSpec>): Float64Array =>
  loop({ seed: 1, bpm: 124, root: 9, minor: true, bars: 4, rate: RATE, ...spec });

test('at most 300 terms, ascending, of 22 bits', () => {
  const terms = [...termsOf(made({ bars: 16 }))];
  expect(terms).toHaveLength(300);
  expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
  expect(terms[0]).toBeGreaterThanOrEqual(0);
  expect(terms.at(-1)).toBeLessThan(2 ** 22);
});

test('silence has no terms and is like nothing, itself included', () => {
  const silence = termsOf(new Float64Array(5 * RATE));
  expect(silence).toHaveLength(0);
  expect(similarity(silence, silence)).toBe(0);
  expect(termsOf(new Float64Array(0))).toHaveLength(0);
  const faint = termsOf(Float64Array.from({ length: 5 * RATE }, (_, n) => 1e-5 * Math.sin(n)));
  expect(faint).toHaveLength(0);
});

test('loudness, a cut at either end and some noise leave it what it is', () => {
  const random = randomizer(1);
  for (let seed = 0; seed < 12; seed += 1) {
    const signal = made({ seed: 300 + seed, style: styles[seed % 8] ?? 'house', bars: 2 + 2 * (seed % 2) });
    const terms = termsOf(signal);
    expect(similarity(terms, termsOf(signal.map((sample) => sample / 4)))).toBeGreaterThan(0.9);
    const cut = Math.round((0.1 + 0.3 * random()) * RATE);
    expect(similarity(terms, termsOf(signal.slice(cut)))).toBeGreaterThan(2 * SAME_RECORDING);
    expect(similarity(terms, termsOf(signal.slice(0, -cut)))).toBeGreaterThan(0.5);
    const noisy = signal.map((sample) => sample + 0.004 * (random() - 0.5));
    expect(similarity(terms, termsOf(noisy))).toBeGreaterThan(2 * SAME_RECORDING);
  }
});

test('no two of 200 loops, many in one key and tempo, are taken for one', () => {
  const all: Int32Array[] = [];
  for (let seed = 0; seed < 200; seed += 1) {
    const bpm = [124, 90, 140, 172][seed % 4] ?? 120;
    all.push(termsOf(made({ seed: 5000 + seed, bpm, style: styles[seed % 8] ?? 'house', bars: 2 })));
  }
  const likenesses = all.flatMap((one, index) => all.slice(0, index).map((other) => similarity(one, other)));
  likenesses.sort((a, b) => a - b);
  const at = (share: number): number | undefined => likenesses[Math.floor(share * (likenesses.length - 1))];
  console.info('fingerprints of different loops', { half: at(0.5), most: at(0.999), worst: at(1) });
  expect(at(1)).toBeLessThan(SAME_RECORDING);
});
