import { GENRES, genreAt, genreIndex } from './music.ts';
import { type Random, Weighted } from './random.ts';
import { DAY, STREAM, type WorldSize } from './size.ts';
import { writeUuid } from './uuid.ts';

/** People that the documentation names. They exist in every generated world that is large enough, and come first. */
export const FOUNDERS = [
  { username: 'alice', displayName: 'Alice Moreau', genres: ['house', 'deep house', 'techno'] },
  { username: 'bob', displayName: 'Bob Okafor', genres: ['hip hop', 'trap', 'soul'] },
  { username: 'charlie', displayName: 'Charlie Lindqvist', genres: ['drum and bass', 'jungle', 'dubstep'] },
  { username: 'diana', displayName: 'Diana Reyes', genres: ['afrobeats', 'amapiano', 'house'] },
  { username: 'eve', displayName: 'Eve Tanaka', genres: ['ambient', 'lo-fi', 'synthwave'] },
] as const;

const NO_GENRE = 255;
const TASTES = 3;
/** The first account is this old. */
const FIRST_JOINED = 520 * DAY;
/** Places in the ranking of popularity that the founders get. */
const FOUNDER_RANKS = [4, 9, 15, 22, 30] as const;

/** Everyone in the world: what has to be at hand to make follows, posts and likes. About 60 bytes each. */
export class People {
  readonly count: number;
  readonly founders: number;
  /** 16 bytes each. */
  readonly ids: Buffer;
  /** Milliseconds since 1970; ascending. */
  readonly joined: Float64Array;
  readonly isPrivate: Uint8Array;
  /** How much the others are drawn to them: Zipf's law over a shuffled ranking. */
  readonly popularity: Float64Array;
  readonly #tastes: Uint8Array;

  constructor(size: WorldSize, random: Random) {
    const count = size.users;
    this.count = count;
    this.founders = Math.min(count, FOUNDERS.length);
    this.ids = Buffer.alloc(count * 16);
    this.joined = new Float64Array(count);
    this.isPrivate = new Uint8Array(count);
    this.popularity = new Float64Array(count);
    this.#tastes = new Uint8Array(count * TASTES).fill(NO_GENRE);
    const byShare = new Weighted(GENRES.map((genre) => genre.share));

    for (let person = 0; person < count; person += 1) {
      random.at(STREAM.person, person);
      const age = FIRST_JOINED * (1 - (person + 0.9 * random.fraction()) / count) ** 1.2;
      const joined = Math.floor(size.now - age);
      this.joined[person] = joined;
      writeUuid(this.ids, person * 16, joined, random);
      this.isPrivate[person] = person >= this.founders && random.chance(0.06) ? 1 : 0;
      this.#tastes.set(person < this.founders ? founderTastes(person) : pickTastes(byShare, random), person * TASTES);
    }
    rankByZipf(this.popularity, this.founders, random.at(STREAM.ranking, 0));
  }

  /** The genre that somebody makes most. */
  mainGenre(person: number): number {
    return this.#tastes[person * TASTES] ?? 0;
  }

  /** Genres that somebody makes and likes, 1 to 3, the dearest first. */
  tastes(person: number): number[] {
    return [...this.#tastes.subarray(person * TASTES, (person + 1) * TASTES)].filter((genre) => genre !== NO_GENRE);
  }

  likesGenre(person: number, genre: number): boolean {
    const first = person * TASTES;
    return this.#tastes[first] === genre || this.#tastes[first + 1] === genre || this.#tastes[first + 2] === genre;
  }
}

const founderTastes = (person: number): number[] =>
  (FOUNDERS[person]?.genres ?? []).map((name) => genreIndex.get(name) ?? 0);

const pickTastes = (byShare: Weighted, random: Random): number[] => {
  const main = byShare.pick(random);
  const tastes = [main];
  if (random.chance(0.7)) tastes.push(genreIndex.get(random.pick(genreAt(main).related)) ?? main);
  if (random.chance(0.3)) tastes.push(byShare.pick(random));
  return [...new Set(tastes)];
};

const rankByZipf = (popularity: Float64Array, founders: number, random: Random): void => {
  const count = popularity.length;
  const atRank = Int32Array.from({ length: count }, (_, person) => person);
  const swap = (one: number, other: number): void => {
    const held = atRank[one] ?? 0;
    atRank[one] = atRank[other] ?? 0;
    atRank[other] = held;
  };
  for (let rank = count - 1; rank > 0; rank -= 1) swap(rank, random.below(rank + 1));
  for (let person = 0; person < founders; person += 1) {
    swap(atRank.indexOf(person), Math.min(FOUNDER_RANKS[person] ?? 0, count - 1 - person));
  }
  for (let rank = 0; rank < count; rank += 1) popularity[atRank[rank] ?? 0] = 1 / (rank + 3) ** 0.85;
};
