/** Loops as producers make them, of known tempo and key, each seed another one: drums of a style, bass, chords, a lead. */

/** Sixteenths of a bar on which an instrument plays. */
interface Pattern {
  kick: number[];
  snare: number[];
  hat: number[];
}

const every = (steps: number, from = 0): number[] =>
  Array.from({ length: Math.ceil((16 - from) / steps) }, (_, i) => from + i * steps);

export const STYLES = {
  house: { kick: every(4), snare: [4, 12], hat: every(4, 2) },
  techno: { kick: every(4), snare: [], hat: every(2) },
  hiphop: { kick: [0, 7, 10], snare: [4, 12], hat: every(2) },
  trap: { kick: [0, 6, 10], snare: [8], hat: [...every(2), 7, 13, 15] },
  drumandbass: { kick: [0, 10], snare: [4, 12], hat: every(2) },
  breakbeat: { kick: [0, 2, 10], snare: [4, 7, 9, 12], hat: every(2) },
  garage: { kick: [0, 10], snare: [4, 12], hat: every(4, 2) },
  rock: { kick: [0, 8, 10], snare: [4, 12], hat: every(4) },
} as const satisfies Record<string, Pattern>;
export type Style = keyof typeof STYLES;

export interface LoopSpec {
  seed: number;
  bpm: number;
  /** Semitones from C. */
  root: number;
  minor: boolean;
  bars: number;
  rate: number;
  style?: Style;
  /** How late every second sixteenth comes, of a sixteenth; 0.33 is a triplet's swing. */
  swing?: number;
  /** Which parts play; all by default. */
  parts?: readonly ('drums' | 'bass' | 'chords' | 'lead')[];
}

/** Mulberry32, 0 to 1. */
export const randomizer = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const hertz = (midi: number): number => 440 * 2 ** ((midi - 69) / 12);

/** One turn of a wave with `overtones`, each 1/n of the first. */
const wavetable = (overtones: number, odd: boolean): Float64Array => {
  const table = new Float64Array(2048);
  for (let n = 1; n <= overtones; n += odd ? 2 : 1) {
    for (let i = 0; i < table.length; i += 1)
      table[i] = (table[i] ?? 0) + Math.sin((2 * Math.PI * n * i) / table.length) / n;
  }
  return table;
};
const TIMBRES = [wavetable(1, false), wavetable(3, false), wavetable(12, false), wavetable(9, true)];

/** Mono samples of whole bars. */
export const loop = (spec: LoopSpec): Float64Array => {
  const {
    seed,
    bpm,
    root,
    minor,
    bars,
    rate,
    style = 'house',
    swing = 0,
    parts = ['drums', 'bass', 'chords', 'lead'],
  } = spec;
  const random = randomizer(seed);
  const step = (15 / bpm) * rate;
  const out = new Float64Array(Math.round(bars * 16 * step));
  const timeOf = (bar: number, sixteenth: number): number =>
    Math.round((bar * 16 + sixteenth + (sixteenth % 2 === 1 ? swing : 0)) * step);

  const note = (start: number, length: number, midi: number, level: number, timbre: number, decay: number): void => {
    const table = TIMBRES[timbre % TIMBRES.length] ?? new Float64Array(2048);
    const turn = (hertz(midi) * table.length) / rate;
    const end = Math.min(out.length, start + length);
    for (let i = start; i < end; i += 1) {
      const since = i - start;
      const fade = Math.min(1, since / (0.005 * rate), (end - i) / (0.01 * rate)) * Math.exp((-decay * since) / rate);
      out[i] = (out[i] ?? 0) + level * fade * (table[Math.floor(since * turn) % table.length] ?? 0);
    }
  };
  const burst = (start: number, level: number, decay: number, color: number, tone: number): void => {
    let last = 0;
    const end = Math.min(out.length, start + Math.round((6 / decay) * rate));
    for (let i = start; i < end; i += 1) {
      const time = (i - start) / rate;
      const white = 2 * random() - 1;
      // Above 0 it is high-passed: hats.
      const noise = white - color * last;
      last = white;
      out[i] =
        (out[i] ?? 0) +
        level * Math.exp(-decay * time) * (noise + 0.5 * Math.sin(2 * Math.PI * tone * time) * (tone > 0 ? 1 : 0));
    }
  };
  const kick = (start: number, level: number, pitch: number, decay: number): void => {
    const end = Math.min(out.length, start + Math.round(0.4 * rate));
    for (let i = start; i < end; i += 1) {
      const time = (i - start) / rate;
      const phase = pitch * time + 5 * (1 - Math.exp(-time * 35));
      out[i] = (out[i] ?? 0) + level * Math.exp(-decay * time) * Math.sin(2 * Math.PI * phase);
    }
  };

  const scale = minor ? [0, 2, 3, 5, 7, 8, 10] : [0, 2, 4, 5, 7, 9, 11];
  const degree = (n: number): number => (scale[((n % 7) + 7) % 7] ?? 0) + 12 * Math.floor(n / 7);
  const progressions = minor
    ? [
        [0, 5, 2, 6],
        [0, 3, 4, 0],
        [0, 5, 3, 4],
        [0, 6, 5, 6],
      ]
    : [
        [0, 4, 5, 3],
        [0, 3, 4, 0],
        [0, 5, 3, 4],
        [0, 3, 0, 4],
      ];
  const chords = progressions[Math.floor(random() * progressions.length)] ?? [0];
  const pattern = STYLES[style];
  const [kickPitch, kickDecay, snareDecay, hatDecay] = [
    44 + 16 * random(),
    7 + 6 * random(),
    14 + 14 * random(),
    40 + 60 * random(),
  ];
  const [kickLevel, snareLevel, hatLevel] = [0.6 + 0.3 * random(), 0.25 + 0.2 * random(), 0.06 + 0.08 * random()];
  const [chordTimbre, leadTimbre, bassTimbre] = [
    Math.floor(4 * random()),
    Math.floor(4 * random()),
    Math.floor(3 * random()),
  ];
  const stabs = random() < 0.4;
  const snareTone = 160 + 60 * random();
  const melody = Array.from({ length: 16 }, () => (random() < 0.45 ? Math.floor(random() * 8) : -1));
  const bassline = every(2).filter((at) => at === 0 || random() < 0.45);

  for (let bar = 0; bar < bars; bar += 1) {
    const chord = chords[bar % chords.length] ?? 0;
    if (parts.includes('drums')) {
      for (const at of pattern.kick) kick(timeOf(bar, at), kickLevel, kickPitch, kickDecay);
      for (const at of pattern.snare) burst(timeOf(bar, at), snareLevel, snareDecay, 0, snareTone);
      for (const at of pattern.hat) burst(timeOf(bar, at), hatLevel, hatDecay, 0.9, 0);
    }
    if (parts.includes('bass')) {
      for (const at of bassline)
        note(
          timeOf(bar, at),
          Math.round(1.8 * step),
          36 + root + degree(chord) - (root + degree(chord) > 12 ? 12 : 0),
          0.22,
          bassTimbre,
          2,
        );
    }
    if (parts.includes('chords')) {
      for (const third of [0, 2, 4]) {
        const midi = 60 + root + degree(chord + third) - (root > 6 ? 12 : 0);
        if (stabs)
          for (const at of [0, 3, 6, 10, 14]) note(timeOf(bar, at), Math.round(1.5 * step), midi, 0.09, chordTimbre, 6);
        else note(timeOf(bar, 0), Math.round(16 * step), midi, 0.08, chordTimbre, 0.3);
      }
    }
    if (parts.includes('lead')) {
      for (const [at, pitch] of melody.entries()) {
        if (pitch >= 0)
          note(
            timeOf(bar, at),
            Math.round(1.8 * step),
            72 + root + degree(pitch) - (root > 6 ? 12 : 0),
            0.09,
            leadTimbre,
            5,
          );
      }
    }
  }
  return out;
};
