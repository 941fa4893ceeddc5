import type { Random } from './random.ts';

/** What a genre sounds like: tempo, keys and words that producers of it use. */
export interface Genre {
  name: string;
  /** How many producers make it, against the others. */
  share: number;
  bpm: readonly [slowest: number, fastest: number];
  /** Share of loops in a minor key. */
  minor: number;
  bars: readonly number[];
  related: readonly string[];
  words: readonly string[];
}

export const GENRES: readonly Genre[] = [
  {
    name: 'house',
    share: 10,
    bpm: [120, 128],
    minor: 0.7,
    bars: [4, 8, 8, 16],
    related: ['deep house', 'techno'],
    words: ['groove', 'stab', 'organ', 'piano', 'shuffle', 'disco_cut'],
  },
  {
    name: 'deep house',
    share: 6,
    bpm: [118, 124],
    minor: 0.85,
    bars: [8, 8, 16],
    related: ['house', 'lo-fi'],
    words: ['rhodes', 'dusk', 'sub', 'pads', 'velvet', 'late_set'],
  },
  {
    name: 'techno',
    share: 9,
    bpm: [128, 145],
    minor: 0.95,
    bars: [4, 8, 16],
    related: ['house', 'trance'],
    words: ['rumble', 'warehouse', 'acid', 'modular', 'hypno', 'kick_roll'],
  },
  {
    name: 'drum and bass',
    share: 7,
    bpm: [170, 178],
    minor: 0.9,
    bars: [4, 8, 8],
    related: ['jungle', 'dubstep'],
    words: ['reese', 'roller', 'amen', 'neuro', 'liquid', 'halftime'],
  },
  {
    name: 'jungle',
    share: 2,
    bpm: [158, 172],
    minor: 0.85,
    bars: [4, 8],
    related: ['drum and bass'],
    words: ['amen', 'chop', 'ragga', 'dub_siren', 'breaks'],
  },
  {
    name: 'dubstep',
    share: 4,
    bpm: [138, 142],
    minor: 0.95,
    bars: [4, 8],
    related: ['drum and bass', 'trap'],
    words: ['wobble', 'growl', 'sub', 'riddim', 'drop'],
  },
  {
    name: 'trap',
    share: 11,
    bpm: [130, 160],
    minor: 0.95,
    bars: [4, 4, 8],
    related: ['hip hop', 'drill'],
    words: ['808', 'bells', 'dark', 'flute', 'hat_rolls', 'pluck'],
  },
  {
    name: 'drill',
    share: 4,
    bpm: [138, 146],
    minor: 0.98,
    bars: [4, 8],
    related: ['trap'],
    words: ['slide_808', 'strings', 'cold', 'piano', 'choir'],
  },
  {
    name: 'hip hop',
    share: 11,
    bpm: [82, 98],
    minor: 0.75,
    bars: [4, 4, 8],
    related: ['lo-fi', 'trap', 'soul'],
    words: ['boom_bap', 'dusty', 'sample_flip', 'sp404', 'keys', 'head_nod'],
  },
  {
    name: 'lo-fi',
    share: 8,
    bpm: [70, 88],
    minor: 0.55,
    bars: [4, 8],
    related: ['hip hop', 'ambient'],
    words: ['rain', 'tape', 'study', 'guitar', 'vinyl', 'sleepy'],
  },
  {
    name: 'ambient',
    share: 5,
    bpm: [60, 90],
    minor: 0.5,
    bars: [8, 16, 32],
    related: ['lo-fi', 'cinematic'],
    words: ['drone', 'texture', 'granular', 'field_rec', 'drift', 'shimmer'],
  },
  {
    name: 'cinematic',
    share: 3,
    bpm: [70, 120],
    minor: 0.85,
    bars: [8, 16],
    related: ['ambient'],
    words: ['tension', 'braam', 'strings', 'pulse', 'score', 'swell'],
  },
  {
    name: 'synthwave',
    share: 4,
    bpm: [84, 118],
    minor: 0.8,
    bars: [4, 8],
    related: ['pop'],
    words: ['neon', 'arp', 'juno', 'outrun', 'gated', 'sunset'],
  },
  {
    name: 'pop',
    share: 6,
    bpm: [96, 128],
    minor: 0.4,
    bars: [4, 8],
    related: ['synthwave', 'soul'],
    words: ['hook', 'topline', 'chords', 'bright', 'vox_chop', 'summer'],
  },
  {
    name: 'soul',
    share: 4,
    bpm: [68, 104],
    minor: 0.5,
    bars: [4, 8],
    related: ['hip hop', 'pop'],
    words: ['rhodes', 'horns', 'falsetto', 'wurli', 'silk', 'sunday'],
  },
  {
    name: 'afrobeats',
    share: 5,
    bpm: [98, 116],
    minor: 0.6,
    bars: [4, 8],
    related: ['amapiano', 'pop'],
    words: ['shaker', 'highlife', 'talking_drum', 'marimba', 'lagos'],
  },
  {
    name: 'amapiano',
    share: 3,
    bpm: [110, 115],
    minor: 0.75,
    bars: [8, 16],
    related: ['afrobeats', 'deep house'],
    words: ['log_drum', 'shaker', 'piano', 'sgija', 'private_school'],
  },
  {
    name: 'trance',
    share: 4,
    bpm: [132, 142],
    minor: 0.9,
    bars: [8, 16],
    related: ['techno'],
    words: ['supersaw', 'pluck', 'uplift', 'gate', 'anthem', 'rolling_bass'],
  },
];

export const genreAt = (index: number): Genre => {
  const genre = GENRES[index];
  if (!genre) throw new RangeError(`there is no genre ${index}`);
  return genre;
};

export const genreIndex: ReadonlyMap<string, number> = new Map(GENRES.map((genre, index) => [genre.name, index]));

const NOTES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;
/** Roots that lie well on a keyboard or leave room for the sub come up more often. */
const MINOR_ROOTS = ['A', 'A', 'E', 'D', 'F', 'F', 'G', 'C', 'F#', 'B', ...NOTES] as const;
const MAJOR_ROOTS = ['C', 'C', 'G', 'F', 'D', 'A', ...NOTES] as const;

/** `F# minor`, as often minor as the genre is. */
export const pickKey = (genre: Genre, random: Random): string =>
  random.chance(genre.minor) ? `${random.pick(MINOR_ROOTS)} minor` : `${random.pick(MAJOR_ROOTS)} major`;

/** Beats per minute in the genre's range, mostly near its middle and mostly whole. */
export const pickBpm = (genre: Genre, random: Random): number => {
  const [slowest, fastest] = genre.bpm;
  const middle = slowest + ((random.fraction() + random.fraction()) / 2) * (fastest - slowest);
  return random.chance(0.03) ? Math.floor(middle) + 0.5 : Math.round(middle);
};

export const DAWS = [
  'Ableton Live',
  'Ableton Live',
  'Ableton Live',
  'FL Studio',
  'FL Studio',
  'FL Studio',
  'Logic Pro',
  'Logic Pro',
  'Bitwig Studio',
  'Cubase',
  'Studio One',
  'Reaper',
  'Reason',
  'GarageBand',
  'Pro Tools',
] as const;
