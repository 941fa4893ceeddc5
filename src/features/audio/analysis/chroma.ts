/** Pitch classes in steps of ten cents; step 0 is C. */
export const STEPS = 120;
/** Hertz between which notes are looked for: above the boom of kicks, below where overtones are most of it. */
const LOWEST = 65;
const HIGHEST = 2100;
/** Hertz below which the lowest note is the bass. */
const BASS = 262;
/** Frames of the spectrogram between two that are looked at: 186 ms. */
const STRIDE = 4;
/** A peak counts when it stands this far above what lies around it, and is not this far below the frame's largest. */
const PROMINENCE = 20;
const DEEPEST = 1e-4;
/** Below this power there is silence: -66 dB of full scale. */
const QUIET = 2.5e-7;
/** A note was there in the frame before, this near in steps and at this share of its power at least. */
const NEAR = 4;
const HELD = 0.02;

/** Which notes sounded, and how much of the sound was notes. */
export interface Chroma {
  /** Sums over frames of each step's share in its frame. */
  steps: Float64Array;
  /** Frames in which each step was the lowest note, below 262 Hz. */
  bass: Float64Array;
  /** Frames that were not silent. */
  frames: number;
  /** Of those, with held notes. */
  held: number;
}

interface Peak {
  hertz: number;
  step: number;
  power: number;
}

/**
 * How much each pitch sounded, octaves aside: peaks of the spectrum as in Gómez, "Tonal Description of Polyphonic Audio
 * for Music Content Processing" (2006). Only notes that are held count, so that drums have none.
 */
export class ChromaMeter {
  readonly #rate: number;
  readonly #steps = new Float64Array(STEPS);
  readonly #bass = new Float64Array(STEPS);
  #before: Peak[] = [];
  #skipped = STRIDE - 1;
  #frames = 0;
  #held = 0;

  /** @param rate of the samples behind the spectra, a second */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** @param power of bins 0 .. size / 2 */
  onFrame(power: Float64Array): void {
    this.#skipped += 1;
    if (this.#skipped < STRIDE) return;
    this.#skipped = 0;
    const peaks = this.#peaks(power);
    const held = peaks.filter((peak) => this.#before.some((earlier) => isSame(peak, earlier)));
    if (held.length > 0) this.#add(held);
    this.#before = peaks;
  }

  finish(): Chroma {
    return { steps: this.#steps, bass: this.#bass, frames: this.#frames, held: this.#held };
  }

  /** Each frame counts the same, and a loud note not much more than a soft one. */
  #add(held: readonly Peak[]): void {
    this.#held += 1;
    const [lowest] = held;
    if (lowest !== undefined && lowest.hertz < BASS) addAt(this.#bass, lowest.step, 1);
    const sum = held.reduce((total, { power }) => total + power ** 0.25, 0);
    for (const { step, power } of held) addAt(this.#steps, step, power ** 0.25 / sum);
  }

  #peaks(power: Float64Array): Peak[] {
    const width = this.#rate / (2 * (power.length - 1));
    const first = Math.ceil(LOWEST / width);
    const last = Math.floor(HIGHEST / width);
    let largest = 0;
    for (let bin = first; bin <= last; bin += 1) {
      largest = Math.max(largest, power[bin] as number);
    }
    if (largest < QUIET) return [];
    this.#frames += 1;
    const least = Math.max(QUIET / 10, largest * DEEPEST);
    const peaks: Peak[] = [];
    for (let bin = first; bin <= last; bin += 1) {
      const here = power[bin] as number;
      const before = power[bin - 1] as number;
      const after = power[bin + 1] as number;
      if (here < least || here < before || here <= after) continue;
      const around =
        Math.max(power[bin - 5] as number, power[bin - 4] as number) +
        Math.max(power[bin + 4] as number, power[bin + 5] as number);
      if (here < PROMINENCE * (around / 2)) continue;
      // The top of the parabola through the three in decibels (Smith & Serra 1987).
      const [a, b, c] = [Math.log(before + 1e-30), Math.log(here), Math.log(after + 1e-30)];
      const hertz = (bin + (0.5 * (a - c)) / (a - 2 * b + c)) * width;
      const octaves = Math.log2(hertz / 440) + 0.75;
      peaks.push({ hertz, step: (octaves - Math.floor(octaves)) * STEPS, power: here });
    }
    return peaks;
  }
}

/** Shared between the two steps that it lies between. */
const addAt = (steps: Float64Array, place: number, weight: number): void => {
  const low = Math.floor(place);
  steps[low % STEPS] = (steps[low % STEPS] ?? 0) + weight * (1 - place + low);
  steps[(low + 1) % STEPS] = (steps[(low + 1) % STEPS] ?? 0) + weight * (place - low);
};

const isSame = (one: Peak, other: Peak): boolean => {
  const apart = Math.abs(one.step - other.step);
  return Math.min(apart, STEPS - apart) <= NEAR && other.power >= HELD * one.power && one.power >= HELD * other.power;
};
