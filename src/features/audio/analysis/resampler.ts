/** Zero crossings of the sinc on either side: enough to keep what folds back 50 dB down, for analysis, not for ears. */
const CROSSINGS = 6;
/** Places between two samples at which the filter is known. */
const PHASES = 128;

/**
 * Changes the rate of a mono signal by a windowed sinc (Smith, "Digital Audio Resampling", CCRMA), a block at a time, so
 * that analysis sees the same signal at any rate of the file. The delay of the filter is taken out.
 */
export class Resampler {
  readonly #from: number;
  readonly #to: number;
  /** Input samples on either side of a place that count for it. */
  readonly #reach: number;
  readonly #filters: Float64Array[];
  /** The last samples of earlier blocks, then the current one. */
  #window: Float64Array;
  #held: number;
  #output = new Float64Array(0);
  /** Where the next output lies: a whole index into `#window`, and `to`-ths behind it. */
  #index: number;
  #fraction = 0;

  /** @param from samples a second in, whole; @param to out */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    const stretch = Math.max(1, from / to);
    this.#reach = Math.ceil(CROSSINGS * stretch);
    this.#filters = Array.from({ length: PHASES }, (_, phase) => filter(phase / PHASES, this.#reach, stretch));
    this.#window = new Float64Array(4 * this.#reach);
    // As if silence had been before.
    this.#held = this.#reach;
    this.#index = this.#reach;
  }

  /** @returns the samples that can be told by now, in a buffer that the next call overwrites. */
  push(input: Float64Array, count: number): Float64Array {
    this.#append(input, count);
    const capacity = Math.ceil((count * this.#to) / this.#from) + 2;
    if (this.#output.length < capacity) this.#output = new Float64Array(capacity);
    const made = this.#produce();
    const keepFrom = Math.min(this.#index - this.#reach, this.#held);
    this.#window.copyWithin(0, keepFrom, this.#held);
    this.#held -= keepFrom;
    this.#index -= keepFrom;
    return this.#output.subarray(0, made);
  }

  /** @returns the rest, as if silence followed. */
  finish(): Float64Array {
    return this.push(new Float64Array(this.#reach), this.#reach);
  }

  #append(input: Float64Array, count: number): void {
    const needed = this.#held + count;
    if (this.#window.length < needed) {
      const larger = new Float64Array(needed + 4 * this.#reach);
      larger.set(this.#window.subarray(0, this.#held));
      this.#window = larger;
    }
    this.#window.set(count === input.length ? input : input.subarray(0, count), this.#held);
    this.#held = needed;
  }

  #produce(): number {
    const window = this.#window;
    const output = this.#output;
    const reach = this.#reach;
    const to = this.#to;
    const taps = 2 * reach;
    const whole = Math.floor(this.#from / to);
    const rest = this.#from % to;
    let made = 0;
    while (this.#index + reach < this.#held) {
      const taken = this.#filters[Math.floor((this.#fraction * PHASES) / to)] as Float64Array;
      const first = this.#index - reach + 1;
      // Two sums, which do not wait for each other; there is an even number of taps.
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < taps; tap += 2) {
        even += (taken[tap] as number) * (window[first + tap] as number);
        odd += (taken[tap + 1] as number) * (window[first + tap + 1] as number);
      }
      output[made] = even + odd;
      made += 1;
      this.#index += whole;
      this.#fraction += rest;
      if (this.#fraction >= to) {
        this.#fraction -= to;
        this.#index += 1;
      }
    }
    return made;
  }
}

/** Weights of the samples at -reach + 1 .. reach around a place `phase` behind sample 0, with a Hann window; sum 1. */
const filter = (phase: number, reach: number, stretch: number): Float64Array => {
  // A little below half the lower rate, where the filter has fallen enough.
  const cutoff = 0.92 / stretch;
  const weights = new Float64Array(2 * reach);
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap += 1) {
    const distance = tap - reach + 1 - phase;
    const turn = Math.PI * distance * cutoff;
    const sinc = turn === 0 ? 1 : Math.sin(turn) / turn;
    weights[tap] = sinc * Math.cos((Math.PI * Math.max(-reach, Math.min(reach, distance))) / (2 * reach)) ** 2;
    sum += weights[tap] as number;
  }
  return weights.map((weight) => weight / sum);
};
