/**
 * Sounds whose tempo, key and level are known, made by arithmetic: the same on every machine and with every ffmpeg.
 */

export const SOUNDS = ['sweep', 'noise', 'clicks', 'chords', 'music', 'tone', 'silence'] as const;
export type Sound = (typeof SOUNDS)[number];

/** `C major`, `F# minor`. */
export type Key = `${(typeof NOTES)[number]} ${'major' | 'minor'}`;
const NOTES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;

export interface Score {
  seconds: number;
  rate: number;
  bpm: number;
  key: Key;
}

/** A sample of one channel, about -1 to 1. */
type Voice = (time: number, channel: number) => number;

const TURN = 2 * Math.PI;

/** Mulberry32: white noise that is the same in each run. */
const randomizer = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
};

/** Hertz of a note, counted in semitones from the C below A4 = 440 Hz. */
const hertz = (semitones: number): number => 440 * 2 ** ((semitones - 9) / 12);

const scaleOf = (key: Key): { root: number; minor: boolean } => {
  const [note = 'C', mode] = key.split(' ');
  return { root: (NOTES as readonly string[]).indexOf(note), minor: mode === 'minor' };
};

/** Tonic, subdominant, dominant, tonic: a bar of four beats each. The dominant of a minor key is major, as is usual. */
const progression = ({ bpm, key }: Score): ((time: number) => { notes: number[]; sinceBar: number }) => {
  const { root, minor } = scaleOf(key);
  const third = minor ? 3 : 4;
  const triads = [
    [0, third, 7],
    [5, 5 + third, 12],
    [7, 11, 14],
    [0, third, 7],
  ].map((triad) => triad.map((step) => hertz(root + step)));
  const bar = 240 / bpm;
  return (time) => ({ notes: triads[Math.floor(time / bar) % 4] ?? [], sinceBar: time % bar });
};

/** Sines with some overtones, as a soft organ has them. */
const organ = (time: number, notes: readonly number[]): number => {
  let sum = 0;
  for (const note of notes) {
    sum +=
      Math.sin(TURN * note * time) + 0.4 * Math.sin(TURN * 2 * note * time) + 0.2 * Math.sin(TURN * 3 * note * time);
  }
  return sum / notes.length;
};

const chords = (score: Score): Voice => {
  const at = progression(score);
  return (time) => {
    const { notes, sinceBar } = at(time);
    return 0.4 * Math.min(1, sinceBar * 100) * organ(time, notes);
  };
};

/** Kick on each beat, snare on two and four, hats on eighths, a bass and chords: loud, as loops are. */
const music = (score: Score): Voice => {
  const at = progression(score);
  const noise = [randomizer(1), randomizer(2)];
  const beat = 60 / score.bpm;
  return (time, channel) => {
    const { notes } = at(time);
    const inBeat = time % beat;
    const inEighth = time % (beat / 2);
    const white = noise[channel % 2]?.() ?? 0;
    const kick = Math.sin(TURN * (45 * inBeat + 6 * (1 - Math.exp(-inBeat * 30)))) * Math.exp(-inBeat * 9);
    const snare = Math.floor(time / beat) % 2 === 1 ? white * Math.exp(-inBeat * 18) : 0;
    const hat = white * Math.exp(-inEighth * 70);
    const bass = Math.sin((TURN * (notes[0] ?? 0) * time) / 4);
    const side = channel % 2 === 0 ? 0.18 : 0.14;
    return 0.75 * kick + 0.3 * snare + 0.12 * hat + 0.2 * bass + side * organ(time, notes);
  };
};

/** From 20 Hz to near half the sample rate, each octave for as long as any other. */
const sweep = ({ seconds, rate }: Score): Voice => {
  const [low, high] = [20, Math.min(20_000, rate * 0.45)];
  const octaves = Math.log(high / low);
  return (time) => 0.5 * Math.sin(((TURN * low * seconds) / octaves) * (Math.exp((time / seconds) * octaves) - 1));
};

const noise = (): Voice => {
  const channels = Array.from({ length: 8 }, (_, channel) => randomizer(channel + 1));
  return (_, channel) => 0.25 * (channels[channel]?.() ?? 0);
};

/** A short 1 kHz burst on each beat, the first at once. */
const clicks =
  ({ bpm }: Score): Voice =>
  (time) => {
    const inBeat = time % (60 / bpm);
    return 0.8 * Math.sin(TURN * 1000 * inBeat) * Math.exp(-inBeat * 200);
  };

const VOICES: Record<Sound, (score: Score) => Voice> = {
  sweep,
  noise,
  clicks,
  chords,
  music,
  tone: () => (time) => 0.5 * Math.sin(TURN * 997 * time),
  silence: () => () => 0,
};

/** Interleaved samples, a second of them at a time. `gain` is a factor. */
export function* play(sound: Sound, score: Score, channels: number, gain: number): Generator<Float32Array> {
  const voice = VOICES[sound](score);
  const frames = Math.round(score.seconds * score.rate);
  for (let start = 0; start < frames; start += score.rate) {
    const count = Math.min(score.rate, frames - start);
    const block = new Float32Array(count * channels);
    for (let frame = 0; frame < count; frame += 1) {
      const time = (start + frame) / score.rate;
      for (let channel = 0; channel < channels; channel += 1) {
        block[frame * channels + channel] = gain * voice(time, channel);
      }
    }
    yield block;
  }
}
