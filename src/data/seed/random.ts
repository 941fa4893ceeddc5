/**
 * Numbers that look random and depend on nothing but the seed.
 *
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, only 32-bit operations, so that it is the same everywhere.
 * It can be put back to any `(stream, index)`: whatever is made for row number i is a pure function of the seed and i,
 * and can be made a second time instead of being remembered.
 */
export class Random {
  readonly #seed: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number) {
    this.#seed = seed;
    this.at(0, 0);
  }

  /** Starts the sequence that belongs to row `index` of `stream`. Returns itself. */
  at(stream: number, index: number): this {
    this.#a = this.#seed ^ 0x9e3779b9;
    this.#b = Math.imul(stream + 1, 0x85ebca6b) ^ Math.floor(index / 2 ** 32);
    this.#c = index >>> 0;
    this.#counter = 1;
    for (let i = 0; i < 12; i += 1) this.next32();
    return this;
  }

  /** 32 bits, as a signed number. */
  next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }

  /** 0 <= x < 1. */
  fraction(): number {
    return (this.next32() >>> 0) / 4294967296;
  }

  /** Whole, 0 <= x < bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** Whole, from first to last, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** A standard normal deviate (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
  }

  /** x rounded down or up at random, so that the mean is kept: 2.3 is 2 in seven cases of ten, else 3. */
  round(x: number): number {
    return Math.floor(x + this.fraction());
  }
}

/** Picks i with a probability in proportion to weights[i], in logarithmic time. */
export class Weighted {
  readonly #sums: Float64Array;

  constructor(weights: ArrayLike<number>) {
    this.#sums = new Float64Array(weights.length);
    let sum = 0;
    for (let i = 0; i < weights.length; i += 1) {
      sum += weights[i] ?? 0;
      this.#sums[i] = sum;
    }
  }

  pick(random: Random): number {
    const sums = this.#sums;
    const target = random.fraction() * (sums[sums.length - 1] ?? 0);
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
