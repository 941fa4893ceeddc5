/** Numbers from 0 up to but not 1, the same for a seed each time: xorshift32 of Marsaglia. */
export const seeded = (seed: number): (() => number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
};

interface Chance {
  /** A whole number below `end`. */
  below(end: number): number;
  oneOf<T>(things: readonly [T, ...T[]]): T;
  /** A place in a file: half of them in its first bytes, where its headers are. */
  placeIn(bytes: Buffer): number;
}

const chanceOf = (random: () => number): Chance => {
  const below = (end: number): number => Math.floor(random() * end);
  return {
    below,
    oneOf: (things) => things[below(things.length)] ?? things[0],
    placeIn: ({ length }) => below(random() < 0.5 ? Math.min(length, 512) : length),
  };
};

type Mutation = (bytes: Buffer, chance: Chance, other: Buffer) => Buffer;

/** Sizes and counts that a header may state, in as many bytes as they are written in. */
const EXTREMES = ['00', 'ff', '7f', '80', '01'] as const;

/** Where chunks, boxes, pages and frames begin, of whatever format. */
const MARKS = [
  ...[
    'RIFF',
    'fmt ',
    'data',
    'FORM',
    'COMM',
    'SSND',
    'fLaC',
    'OggS',
    'vorbis',
    'OpusHead',
    'ID3',
    'Xing',
    'Info',
    'LAME',
  ],
  ...[
    'ftyp',
    'moov',
    'mvhd',
    'trak',
    'tkhd',
    'edts',
    'elst',
    'mdia',
    'mdhd',
    'hdlr',
    'minf',
    'stbl',
    'stsd',
    'mp4a',
    'esds',
  ],
  ...[
    'alac',
    'stts',
    'stsc',
    'stsz',
    'stco',
    'sgpd',
    'udta',
    'meta',
    'ilst',
    'mdat',
    'free',
    'ds64',
    'LIST',
    'fact',
    'AIFC',
  ],
];
const marksIn = (bytes: Buffer): number[] =>
  MARKS.map((mark) => bytes.indexOf(mark, 0, 'latin1')).filter((place) => place >= 0);

const splice = (bytes: Buffer, from: number, to: number, ...between: Buffer[]): Buffer =>
  Buffer.concat([bytes.subarray(0, from), ...between, bytes.subarray(to)]);

const noise = (length: number, { below }: Chance): Buffer => Buffer.from(Array.from({ length }, () => below(256)));

/** What befalls files: on the way, on broken disks, and by people who mean it. */
export const MUTATIONS = {
  bits: (bytes, { below, placeIn }) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + below(64); left > 0; left -= 1) {
      const place = placeIn(bytes);
      changed[place] = (changed[place] ?? 0) ^ (1 << below(8));
    }
    return changed;
  },
  cut: (bytes, { below, placeIn, oneOf }) => {
    const place = placeIn(bytes);
    return oneOf([bytes.subarray(0, place), bytes.subarray(place), splice(bytes, place, place + 1 + below(5000))]);
  },
  header: (bytes, { below }, other) => {
    const length = 4 + below(200);
    return splice(bytes, 0, length, other.subarray(0, length));
  },
  extremes: (bytes, { below, oneOf }) => {
    const changed = Buffer.from(bytes);
    const marks = marksIn(bytes);
    for (let left = 1 + below(4); left > 0; left -= 1) {
      const mark = marks[below(marks.length)] ?? 0;
      const place = Math.max(0, mark + oneOf([-4, 4, 8, 12, 16, 20, 24]));
      const length = oneOf([1, 2, 4, 8]);
      changed.fill(Buffer.from(oneOf(EXTREMES), 'hex'), place, Math.min(changed.length, place + length));
    }
    return changed;
  },
  garbage: (bytes, chance) => {
    const place = chance.placeIn(bytes);
    const length = 1 + chance.below(3000);
    return splice(bytes, place, place + chance.oneOf([0, length]), noise(length, chance));
  },
  twice: (bytes, { below, placeIn }) => {
    const [from, place] = [placeIn(bytes), placeIn(bytes)];
    const piece = bytes.subarray(from, from + 1 + below(4000));
    return splice(bytes, place, place, ...Array.from({ length: 1 + below(20) }, () => piece));
  },
  /** A piece of another file, in its own format or not. */
  graft: (bytes, { below, placeIn }, other) => {
    const [from, place] = [placeIn(other), placeIn(bytes)];
    return splice(bytes, place, place, other.subarray(from, from + 1 + below(8000)));
  },
  /** A box or a chunk moved to another place. */
  moved: (bytes, { below }) => {
    const marks = marksIn(bytes);
    const from = Math.max(0, (marks[below(marks.length)] ?? 0) - 4);
    const piece = bytes.subarray(from, from + 8 + below(2000));
    const rest = splice(bytes, from, from + piece.length);
    const place = below(rest.length);
    return splice(rest, place, place, piece);
  },
} satisfies Record<string, Mutation>;

export type MutationKind = keyof typeof MUTATIONS;
const KINDS = Object.keys(MUTATIONS) as MutationKind[];

/**
 * The file that the number `seed` makes of some files: each kind of mutation and each file in turn, every third mutated twice.
 * @param files more than one
 */
export const mutate = (seed: number, files: readonly Buffer[]): { bytes: Buffer; kind: MutationKind; of: number } => {
  const chance = chanceOf(seeded(seed));
  const kind = KINDS[seed % KINDS.length] ?? 'bits';
  const of = Math.floor(seed / KINDS.length) % files.length;
  const other = files[(of + 1 + chance.below(files.length - 1)) % files.length] ?? Buffer.alloc(0);
  const once = MUTATIONS[kind](files[of] ?? Buffer.alloc(0), chance, other);
  const again = MUTATIONS[KINDS[chance.below(KINDS.length)] ?? 'bits'];
  return { bytes: seed % 3 === 0 && once.length > 0 ? again(once, chance, other) : once, kind, of };
};
