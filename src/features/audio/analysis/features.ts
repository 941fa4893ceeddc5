import type { Waveform } from '../result.ts';
import { type Chroma, ChromaMeter } from './chroma.ts';
import { FingerprintMeter } from './fingerprint.ts';
import { ONSET_RATE, OnsetMeter, type Onsets } from './onsets.ts';
import { mix, PeakMeter } from './peaks.ts';
import { Resampler } from './resampler.ts';
import { Spectrogram } from './spectrogram.ts';

/** Samples a second that pitch and fingerprint are taken at, and their frames: 0.37 s, one each 46 ms. */
const PITCH_RATE = ONSET_RATE / 2;
const SIZE = 4096;
const HOP = 512;
/** Samples that are mixed at a time. */
const BLOCK = 8192;

/** What tempo, key and fingerprint are told from: about 30 KB, however long the audio was. */
export interface Features {
  onsets: Onsets;
  chroma: Chroma;
  /** Of the fingerprint, at most 300, 22 bits each, in ascending order. */
  terms: Int32Array;
}

export interface Measured {
  /** Pairs of smallest and largest. */
  peaks: Int8Array<ArrayBuffer>;
  waveform: Waveform;
  /** Seconds. */
  duration: number;
  features: Features;
}

/** Takes everything out of audio that is wanted of it, in one pass, in memory that does not grow. */
export class FeatureExtractor {
  readonly #sampleRate: number;
  readonly #channels: number;
  readonly #mono = new Float64Array(BLOCK);
  readonly #peaks = new PeakMeter();
  readonly #onsets = new OnsetMeter();
  readonly #chroma = new ChromaMeter(PITCH_RATE);
  readonly #fingerprint = new FingerprintMeter(PITCH_RATE, SIZE);
  readonly #toOnsets: Resampler;
  readonly #toPitch = new Resampler(ONSET_RATE, PITCH_RATE);
  readonly #spectrogram: Spectrogram;
  #frames = 0;

  /**
   * @param sampleRate samples a second, whole, up to 384,000
   * @param channels interleaved, 1 to 8
   * @throws RangeError
   */
  constructor(sampleRate: number, channels: number) {
    if (!Number.isInteger(sampleRate) || sampleRate < 1 || sampleRate > 384_000)
      throw new RangeError(`a sample rate of ${sampleRate}`);
    if (!Number.isInteger(channels) || channels < 1 || channels > 8) throw new RangeError(`${channels} channels`);
    this.#sampleRate = sampleRate;
    this.#channels = channels;
    this.#toOnsets = new Resampler(sampleRate, ONSET_RATE);
    this.#spectrogram = new Spectrogram(SIZE, HOP, (power) => {
      this.#chroma.onFrame(power);
      this.#fingerprint.onFrame(power);
    });
  }

  /** @param samples whole frames of interleaved channels */
  push(samples: Float32Array): void {
    const frames = Math.floor(samples.length / this.#channels);
    this.#frames += frames;
    for (let start = 0; start < frames; start += BLOCK) {
      const count = Math.min(BLOCK, frames - start);
      mix(samples, start, count, this.#channels, this.#mono);
      this.#peaks.push(this.#mono, count);
      this.#analyse(this.#toOnsets.push(this.#mono, count));
    }
  }

  /** Nothing may be pushed after. */
  finish(): Measured {
    this.#analyse(this.#toOnsets.finish());
    this.#spectrogram.push(this.#toPitch.finish());
    return {
      ...this.#peaks.finish(this.#sampleRate),
      duration: this.#frames / this.#sampleRate,
      features: { onsets: this.#onsets.finish(), chroma: this.#chroma.finish(), terms: this.#fingerprint.finish() },
    };
  }

  #analyse(samples: Float64Array): void {
    this.#onsets.push(samples);
    this.#spectrogram.push(this.#toPitch.push(samples, samples.length));
  }
}
