import type { Waveform } from '../result.ts';

/** More pixels than this are merged in pairs. */
const MOST_PIXELS = 2048;
/** Samples of the first pixels; the finest that BBC audiowaveform knows. */
const FINEST = 2;

/** The mean of a frame's channels, added in their order as doubles. A mean that is not finite counts as 0. */
export const mixFrame = (samples: Float32Array, start: number, channels: number): number => {
  let sum = 0;
  for (let channel = 0; channel < channels; channel += 1) sum += samples[start + channel] ?? 0;
  const mean = sum / channels;
  return Number.isFinite(mean) ? mean : 0;
};

/** `mixFrame` of `count` frames from `first` up, into `mono`. Stereo, which is nearly everything, is added up without a loop. */
export const mix = (
  samples: Float32Array,
  first: number,
  count: number,
  channels: number,
  mono: Float64Array,
): void => {
  if (channels !== 2) {
    for (let frame = 0; frame < count; frame += 1)
      mono[frame] = mixFrame(samples, (first + frame) * channels, channels);
    return;
  }
  for (let frame = 0, at = 2 * first; frame < count; frame += 1, at += 2) {
    const mean = ((samples[at] as number) + (samples[at + 1] as number)) / 2;
    mono[frame] = Number.isFinite(mean) ? mean : 0;
  }
};

/** One sample in 8 bits: `Math.round(127 x)`, so halves go up, held within -128..127. */
export const quantize = (sample: number): number => Math.max(-128, Math.min(127, Math.round(127 * sample)));

/**
 * Smallest and largest sample of each pixel, in one pass and bounded memory.
 *
 * Pixel i is of the mono samples (`mixFrame`) from i * samplesPerPixel up to, not including, (i + 1) * samplesPerPixel;
 * the last one may have fewer. It is the pair `quantize(smallest), quantize(largest)`. samplesPerPixel is the smallest
 * power of two from 2 on that gives at most 2,048 pixels, so that there are 1,025 to 2,048 of them from 2,049 samples on.
 * Since the smallest of two pixels' smallest is that of both, merging pairs on the way is exact.
 */
export class PeakMeter {
  readonly #low = new Float64Array(MOST_PIXELS);
  readonly #high = new Float64Array(MOST_PIXELS);
  /** Pixels that are full. */
  #pixels = 0;
  #samplesPerPixel = FINEST;
  #inPixel = 0;
  #smallest = Number.POSITIVE_INFINITY;
  #largest = Number.NEGATIVE_INFINITY;

  /** Takes the next `count` mono samples. */
  push(mono: Float64Array, count: number): void {
    let at = 0;
    while (at < count) {
      if (this.#pixels === MOST_PIXELS) this.#merge();
      const end = Math.min(count, at + this.#samplesPerPixel - this.#inPixel);
      let smallest = this.#smallest;
      let largest = this.#largest;
      for (let index = at; index < end; index += 1) {
        const sample = mono[index] as number;
        if (sample < smallest) smallest = sample;
        if (sample > largest) largest = sample;
      }
      this.#smallest = smallest;
      this.#largest = largest;
      this.#inPixel += end - at;
      at = end;
      if (this.#inPixel === this.#samplesPerPixel) this.#endPixel();
    }
  }

  /** The pixels so far. Ends the last one: nothing may be pushed after. */
  finish(sampleRate: number): { peaks: Int8Array<ArrayBuffer>; waveform: Waveform } {
    if (this.#inPixel > 0) this.#endPixel();
    const peaks = new Int8Array(2 * this.#pixels);
    for (let pixel = 0; pixel < this.#pixels; pixel += 1) {
      peaks[2 * pixel] = quantize(this.#low[pixel] as number);
      peaks[2 * pixel + 1] = quantize(this.#high[pixel] as number);
    }
    return { peaks, waveform: { sampleRate, samplesPerPixel: this.#samplesPerPixel, length: this.#pixels } };
  }

  #endPixel(): void {
    this.#low[this.#pixels] = this.#smallest;
    this.#high[this.#pixels] = this.#largest;
    this.#pixels += 1;
    this.#inPixel = 0;
    this.#smallest = Number.POSITIVE_INFINITY;
    this.#largest = Number.NEGATIVE_INFINITY;
  }

  #merge(): void {
    const half = MOST_PIXELS / 2;
    for (let pixel = 0; pixel < half; pixel += 1) {
      this.#low[pixel] = Math.min(this.#low[2 * pixel] as number, this.#low[2 * pixel + 1] as number);
      this.#high[pixel] = Math.max(this.#high[2 * pixel] as number, this.#high[2 * pixel + 1] as number);
    }
    this.#pixels = half;
    this.#samplesPerPixel *= 2;
  }
}
