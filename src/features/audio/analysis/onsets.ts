import { Spectrogram } from './spectrogram.ts';

/** Samples a second that onsets are looked for at. */
export const ONSET_RATE = 22_050;
const SIZE = 1024;
const HOP = 256;
/** Frames of the envelope a second: one each 11.6 ms. */
export const FRAME_RATE = ONSET_RATE / HOP;
/** Longest distance of two onsets that is compared: 11.9 s. */
export const LAGS = 1024;
/** Power below which a band counts as quiet: -70 dB of full scale. */
const QUIET = 1e-7;
/** So does what is this far below the loudest band of its group lately: -40 dB; that fades by half in 4 s. */
const DEPTH = 1e-4;
const FADE = 0.998;
/** What a band must rise by to count, in nepers of power: 1.3 dB. Noise wavers by less most of the time. */
const RISE = 0.3;
/** The envelope's slow part is taken out with this one-pole filter: about 0.4 Hz. */
const SLOW = 0.97;

/** Hertz where one group of bands ends and the next begins: kick and bass, what sings, snares and hats. */
const GROUP_EDGES = [200, 2000];

/** How often onsets follow each other, at each distance in time; of each group of bands from the lowest up. */
export interface Onsets {
  /** Frames seen. */
  frames: number;
  groups: {
    /** Sums over frames of envelope(n) * envelope(n - lag), for lags 0 .. LAGS - 1. */
    correlation: Float64Array;
    /** Mean of the raw envelope: nepers of rise a frame and band. */
    strength: number;
  }[];
}

/**
 * The onset envelope of Ellis, "Beat Tracking by Dynamic Programming" (2007), 3.1, and its autocorrelation: power in mel
 * bands, compressed by a logarithm; what has risen since the last frame, summed over bands; without its slow part, a
 * little smoothed. The autocorrelation is summed while it goes, so that nothing grows with the length of the file.
 */
export class OnsetMeter {
  readonly #spectrogram = new Spectrogram(SIZE, HOP, (power) => this.#onFrame(power));
  readonly #groups = bandGroups().map((edges) => new Group(edges));
  #frames = 0;

  push(samples: Float64Array): void {
    this.#spectrogram.push(samples);
  }

  finish(): Onsets {
    return { frames: this.#frames, groups: this.#groups.map((group) => group.finish(this.#frames)) };
  }

  #onFrame(power: Float64Array): void {
    this.#frames += 1;
    for (const group of this.#groups) group.onFrame(power);
  }
}

class Group {
  readonly #edges: readonly number[];
  readonly #before: Float64Array;
  /** The last envelope values, newest first, twice in a row, so that any LAGS of them lie side by side. */
  readonly #history = new Float64Array(2 * LAGS);
  readonly #correlation = new Float64Array(LAGS);
  #place = 0;
  /** Power of the loudest band lately. */
  #loudest = 0;
  #sum = 0;
  #slow = 0;
  #last = 0;
  #beforeLast = 0;

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    // What the file begins with is no rise.
    this.#before = new Float64Array(edges.length - 1).fill(Number.POSITIVE_INFINITY);
  }

  finish(frames: number): Onsets['groups'][number] {
    return { correlation: this.#correlation, strength: frames === 0 ? 0 : this.#sum / frames / this.#before.length };
  }

  onFrame(power: Float64Array): void {
    let flux = 0;
    let loudest = this.#loudest * FADE;
    const floor = Math.max(QUIET, DEPTH * this.#loudest);
    for (let band = 0; band < this.#before.length; band += 1) {
      const end = this.#edges[band + 1] as number;
      let sum = 0;
      for (let bin = this.#edges[band] as number; bin < end; bin += 1) sum += power[bin] as number;
      if (sum > loudest) loudest = sum;
      const level = Math.log(sum + floor);
      const rise = level - (this.#before[band] as number);
      if (rise > RISE) flux += rise - RISE;
      this.#before[band] = level;
    }
    this.#loudest = loudest;
    this.#sum += flux;
    this.#slow += (1 - SLOW) * (flux - this.#slow);
    const level = flux - this.#slow;
    // A window of three frames, 1 2 1: about 20 ms wide, as there.
    this.#correlate((this.#beforeLast + 2 * this.#last + level) / 4);
    this.#beforeLast = this.#last;
    this.#last = level;
  }

  #correlate(value: number): void {
    this.#place = this.#place === 0 ? LAGS - 1 : this.#place - 1;
    const place = this.#place;
    const history = this.#history;
    const correlation = this.#correlation;
    history[place] = value;
    history[place + LAGS] = value;
    for (let lag = 0; lag < LAGS; lag += 1) {
      correlation[lag] = (correlation[lag] as number) + value * (history[place + lag] as number);
    }
  }
}

/** Edges of bands of equal width in mel (O'Shaughnessy 1987), at least a bin wide, from 30 Hz to half the rate. */
const melBands = (): number[] => {
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const hertz = (value: number): number => 700 * (10 ** (value / 2595) - 1);
  const [low, high] = [mel(30), mel(ONSET_RATE / 2)];
  const wanted = 40;
  const edges = new Set<number>();
  for (let edge = 0; edge <= wanted; edge += 1) {
    edges.add(Math.max(1, Math.round((hertz(low + ((high - low) * edge) / wanted) / ONSET_RATE) * SIZE)));
  }
  return [...edges];
};

const bandGroups = (): number[][] => {
  const bins = GROUP_EDGES.map((hertz) => Math.round((hertz / ONSET_RATE) * SIZE));
  const [first = 0, second = 0] = bins;
  const edges = [...new Set([...melBands(), first, second])].sort((a, b) => a - b);
  return [
    edges.filter((edge) => edge <= first),
    edges.filter((edge) => edge >= first && edge <= second),
    edges.filter((edge) => edge >= second),
  ];
};
