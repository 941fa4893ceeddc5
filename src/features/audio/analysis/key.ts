import { type Chroma, STEPS } from './chroma.ts';

/** As key signatures are usually written, from C up; the filter of feeds knows each of them in all its spellings. */
const MAJOR_ROOTS = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
const MINOR_ROOTS = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'G#', 'A', 'Bb', 'B'];

/**
 * How much each note of a key is used, from its tonic up, as counted in the Kostka-Payne corpus (Temperley, "Music and
 * Probability", 2007, 6.2). In minor the sevenths have changed places: loops are mostly in natural minor, that corpus is not.
 */
const MAJOR = [0.748, 0.06, 0.488, 0.082, 0.67, 0.46, 0.096, 0.715, 0.104, 0.366, 0.057, 0.4];
const MINOR = [0.712, 0.084, 0.474, 0.618, 0.049, 0.46, 0.105, 0.747, 0.404, 0.067, 0.33, 0.133];

const KEYS = [
  ...MAJOR_ROOTS.map((root, tonic) => ({ name: `${root} major`, tonic, profile: MAJOR })),
  ...MINOR_ROOTS.map((root, tonic) => ({ name: `${root} minor`, tonic, profile: MINOR })),
];
/** All names that `estimateKey` may give. */
export const KEY_NAMES: readonly string[] = KEYS.map(({ name }) => name);

/** What it says for a key that its tonic is often the lowest note. */
const BASS_WEIGHT = 0.2;
/** Frames with held notes, of all that were not silent; below, what was heard is no music of pitches. */
const LEAST_HELD = 0.15;
/** A key takes so many pitch classes, each with this share of the strongest at least. */
const LEAST_CLASSES = 3;
const LEAST_SHARE = 0.1;
/** Correlation at which nothing, and everything, speaks for a key. */
const UNLIKE = 0.5;
const ALIKE = 0.95;
/** By how much the best has to be ahead of the next for full confidence. */
const AHEAD = 0.15;

export interface Key {
  /** `F# minor`, `Eb major`. */
  name: string;
  /** 0 to 1: how well the notes fit it, and how much better than another. */
  confidence: number;
}

/**
 * The key whose profile is most like what sounded: correlation over twelve pitch classes, after Krumhansl & Schmuckler
 * (Krumhansl, "Cognitive Foundations of Musical Pitch", 1990). Tuning is found first.
 * @returns null where nothing has pitch, or too few notes sound to tell: silence, noise, drums, a single tone.
 */
export const estimateKey = (chroma: Chroma): Key | null => {
  const { frames, held, steps, bass } = chroma;
  if (frames === 0 || held < LEAST_HELD * frames) return null;
  const tuning = tuningOf(steps);
  const classes = classesOf(steps, tuning);
  const strongest = Math.max(...classes);
  if (classes.filter((value) => value > LEAST_SHARE * strongest).length < LEAST_CLASSES) return null;
  const lowest = classesOf(bass, tuning);
  const all = Math.max(1, sum(lowest));
  const ranked = KEYS.map(({ name, tonic, profile }) => {
    const fit = correlation(classes, profile, tonic);
    return { name, fit, score: fit + (BASS_WEIGHT * (lowest[tonic] ?? 0)) / all };
  }).sort((one, other) => other.score - one.score);
  const [best, next] = ranked;
  if (best === undefined || next === undefined || best.fit <= UNLIKE) return null;
  const fits = Math.min(1, (best.fit - UNLIKE) / (ALIKE - UNLIKE));
  const ahead = Math.min(1, (best.score - next.score) / AHEAD);
  return { name: best.name, confidence: Math.round(100 * fits * (0.5 + 0.5 * ahead)) / 100 };
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const PER_CLASS = STEPS / 12;

/** Steps by which the whole is too high, -5 to 5: the mean on the circle of one semitone. */
const tuningOf = (steps: Float64Array): number => {
  let [across, up] = [0, 0];
  for (const [step, weight] of steps.entries()) {
    across += weight * Math.cos((2 * Math.PI * step) / PER_CLASS);
    up += weight * Math.sin((2 * Math.PI * step) / PER_CLASS);
  }
  return (Math.atan2(up, across) / (2 * Math.PI)) * PER_CLASS;
};

/** Twelve pitch classes from C up; what lies between two counts little for either. */
const classesOf = (steps: Float64Array, tuning: number): number[] => {
  const classes = new Array<number>(12).fill(0);
  for (const [step, weight] of steps.entries()) {
    const place = (step - tuning) / PER_CLASS;
    const nearest = Math.round(place);
    const index = (nearest + 12) % 12;
    classes[index] = (classes[index] ?? 0) + weight * Math.cos(Math.PI * (place - nearest)) ** 2;
  }
  return classes;
};

/** Pearson's, of the classes from `tonic` up. */
const correlation = (classes: readonly number[], profile: readonly number[], tonic: number): number => {
  const [mean, expected] = [sum(classes) / 12, sum(profile) / 12];
  let [both, one, other] = [0, 0, 0];
  for (const [index, weight] of profile.entries()) {
    const value = (classes[(tonic + index) % 12] ?? 0) - mean;
    both += value * (weight - expected);
    one += value ** 2;
    other += (weight - expected) ** 2;
  }
  return one === 0 ? 0 : both / Math.sqrt(one * other);
};
