import FFT from 'fft.js';

/**
 * Power spectra of overlapping frames of a mono signal that comes a block at a time: a Hann window, `size` samples, each
 * frame `hop` samples after the last. A sine of amplitude 1 gives about 1 in its bin. Only whole frames count.
 */
export class Spectrogram {
  readonly #size: number;
  readonly #hop: number;
  readonly #fft: FFT;
  readonly #taper: Float64Array;
  readonly #frame: Float64Array;
  readonly #tapered: Float64Array;
  readonly #complex: Float64Array;
  readonly #power: Float64Array;
  readonly #onFrame: (power: Float64Array) => void;
  #filled = 0;

  /** @param onFrame gets powers of bins 0 .. size / 2, in a buffer that the next frame overwrites. */
  constructor(size: number, hop: number, onFrame: (power: Float64Array) => void) {
    this.#size = size;
    this.#hop = hop;
    this.#fft = new FFT(size);
    // Its sum is half the size, and a sine's power is shared with its mirror image: hence 4 / size.
    this.#taper = Float64Array.from(
      { length: size },
      (_, n) => (2 - 2 * Math.cos((2 * Math.PI * (n + 0.5)) / size)) / size,
    );
    this.#frame = new Float64Array(size);
    this.#tapered = new Float64Array(size);
    this.#complex = new Float64Array(2 * size);
    this.#power = new Float64Array(size / 2 + 1);
    this.#onFrame = onFrame;
  }

  push(samples: Float64Array): void {
    let at = 0;
    while (at < samples.length) {
      const take = Math.min(samples.length - at, this.#size - this.#filled);
      this.#frame.set(samples.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === this.#size) {
        this.#transform();
        this.#frame.copyWithin(0, this.#hop);
        this.#filled -= this.#hop;
      }
    }
  }

  #transform(): void {
    const { length } = this.#frame;
    for (let n = 0; n < length; n += 1) this.#tapered[n] = (this.#frame[n] as number) * (this.#taper[n] as number);
    this.#fft.realTransform(this.#complex, this.#tapered);
    for (let bin = 0; bin <= length / 2; bin += 1) {
      const real = this.#complex[2 * bin] as number;
      const imaginary = this.#complex[2 * bin + 1] as number;
      this.#power[bin] = real * real + imaginary * imaginary;
    }
    this.#onFrame(this.#power);
  }
}
