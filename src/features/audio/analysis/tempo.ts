import { FRAME_RATE, LAGS, type Onsets } from './onsets.ts';

/** Slowest and fastest tempo that is told, beats a minute. */
const SLOWEST = 55;
const FASTEST = 215;
/** Shorter files have too few beats: seconds. */
const SHORTEST = 1.9;
/** Where listeners tap along most readily, and how far from it in octaves (Ellis 2007, 3.2, with a narrower spread). */
const PREFERRED = 122;
const SPREAD = 1;
/** Beats that should be alike, and how much that says: a beat, and what music repeats in: half bars, bars, two of them. */
const ALIKE: readonly (readonly [beats: number, weight: number])[] = [
  [1, 1],
  [2, 0.4],
  [3, 0.4],
  [4, 1],
  [8, 0.6],
];
/** How much onsets between the beats speak against a tempo and for a faster one: halfway, and in thirds. */
const HALFWAY = 0.23;
const THIRDS = 0.17;
/** What the lowest bands count for beside the others: kicks tell beats, hats do not. */
const LOW_WEIGHT = 2;
/** A group of bands with weaker onsets has none. */
const FAINTEST = 0.01;
/** Two low notes sound together beat about 20 times a second. Who repeats so fast, 70 to 93 ms, plays no rhythm. */
const FLUTTER = [6, 7, 8];
const MOST_FLUTTER = 0.35;
/** Below this nothing repeats clearly enough to be a beat; at the other it could not be clearer. */
const UNCLEAR = 0.2;
const CLEAR = 0.8;

export interface Tempo {
  /** Beats a minute, to a tenth. */
  bpm: number;
  /** 0 to 1: how much the onsets keep to it. */
  confidence: number;
}

/**
 * The tempo at which onsets repeat. For each tempo from 55 to 215: the autocorrelation at 1, 2, 3, 4 and 8 beats, less
 * what lies halfway and in thirds between beats, times a preference for 122 bpm that falls by an octave (as a normal
 * distribution over log tempo). So of a tempo and its double the faster one wins when the onsets between are as strong as
 * those on the beats, as in a click track, and the one nearer to 122 when the evidence is alike.
 * After Ellis (2007) and, for bands that count each by itself, Klapuri et al., "Analysis of the meter of acoustic musical
 * signals" (2006).
 * @returns null when nothing repeats: silence, noise, pads, or under 1.9 s.
 */
export const estimateTempo = (onsets: Onsets): Tempo | null => {
  const { frames } = onsets;
  if (frames < SHORTEST * FRAME_RATE) return null;
  const longest = Math.min(LAGS - 2, Math.floor(frames * 0.7));
  const likeness = likenessAt(onsets, longest);
  if (likeness === undefined) return null;

  let best = { period: 0, score: Number.NEGATIVE_INFINITY, evidence: 0 };
  for (let bpm = SLOWEST; bpm <= FASTEST; bpm *= 1.003) {
    const period = (60 * FRAME_RATE) / bpm;
    const evidence = evidenceFor(period, likeness, longest);
    const score = evidence * Math.exp(-0.5 * (Math.log2(bpm / PREFERRED) / SPREAD) ** 2);
    if (score > best.score) best = { period, score, evidence };
  }
  const confidence = (best.evidence - UNCLEAR) / (CLEAR - UNCLEAR);
  if (confidence <= 0) return null;
  const period = refine(best.period, likeness, longest);
  return {
    bpm: Math.round((600 * FRAME_RATE) / period) / 10,
    confidence: Math.round(100 * Math.min(1, confidence)) / 100,
  };
};

/** Autocorrelation of the envelopes, 1 at lag 0: each group of bands weighs as much as it has onsets. */
const likenessAt = ({ frames, groups }: Onsets, longest: number): Float64Array | undefined => {
  const likeness = new Float64Array(longest + 2);
  let weights = 0;
  for (const [index, { correlation, strength }] of groups.entries()) {
    const power = (correlation[0] ?? 0) / frames;
    if (!(power > 0) || strength < FAINTEST || (index === 0 && flutters(correlation))) continue;
    const weight = strength * (index === 0 ? LOW_WEIGHT : 1);
    weights += weight;
    for (let lag = 0; lag < likeness.length; lag += 1) {
      // The fewer pairs there are at a lag, the less was summed.
      const mean = (correlation[lag] ?? 0) / (frames - lag);
      likeness[lag] = (likeness[lag] ?? 0) + (weight * mean) / power;
    }
  }
  return weights === 0 ? undefined : likeness.map((value) => value / weights);
};

const flutters = (correlation: Float64Array): boolean =>
  FLUTTER.some((lag) => (correlation[lag] ?? 0) > MOST_FLUTTER * (correlation[0] ?? 0));

const evidenceFor = (period: number, likeness: Float64Array, longest: number): number => {
  let alike = 0;
  let weights = 0;
  for (const [beats, weight] of ALIKE) {
    if (beats * period > longest) continue;
    alike += weight * at(likeness, beats * period);
    weights += weight;
  }
  if (weights === 0) return 0;
  let halfway = 0;
  let thirds = 0;
  let count = 0;
  for (let beat = 1; beat <= 4 && beat * period <= longest; beat += 1) {
    halfway += at(likeness, (beat - 1 / 2) * period);
    thirds += (at(likeness, (beat - 1 / 3) * period) + at(likeness, (beat - 2 / 3) * period)) / 2;
    count += 1;
  }
  return alike / weights - Math.max(0, (HALFWAY * halfway) / count, (THIRDS * thirds) / count);
};

/** Between two lags, on a line. */
const at = (likeness: Float64Array, lag: number): number => {
  const low = Math.floor(lag);
  const share = lag - low;
  return (1 - share) * (likeness[low] ?? 0) + share * (likeness[low + 1] ?? 0);
};

/** The period to a fraction of a frame: each clear peak some beats off tells it more finely than the last. */
const refine = (period: number, likeness: Float64Array, longest: number): number => {
  let refined = period;
  let least = 0;
  for (let beats = 1; beats * refined + 4 < longest; beats += 1) {
    const centre = Math.round(beats * refined);
    let top = centre - 2;
    for (let lag = top; lag <= centre + 2; lag += 1) if ((likeness[lag] ?? 0) > (likeness[top] ?? 0)) top = lag;
    const [before = 0, peak = 0, after = 0] = likeness.subarray(top - 1, top + 2);
    const bend = before - 2 * peak + after;
    if (bend >= 0 || peak < before || peak < after || peak < least) continue;
    // The top of the parabola through the three.
    refined = (top + (0.5 * (before - after)) / bend) / beats;
    least = Math.max(least, 0.7 * peak);
  }
  return refined;
};
