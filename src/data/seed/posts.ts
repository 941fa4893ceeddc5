import type { Edges } from './follows.ts';
import { DAWS, genreAt, genreIndex, pickBpm, pickKey } from './music.ts';
import type { People } from './people.ts';
import { type Random, Weighted } from './random.ts';
import { DAY, HOUR, STREAM, type WorldSize } from './size.ts';
import { makeFilename } from './words.ts';

/** The oldest post is this old. */
const FIRST_POST = 400 * DAY;

/** What the rest of the world needs to know of a post: enough to like it. */
export interface PostSketch {
  index: number;
  author: number;
  /** Milliseconds; ascending with the index, so ids and seq are too. */
  time: number;
  /** The first one is what it is. */
  genres: number[];
  visibility: 'public' | 'followers' | 'private';
  audioStatus: 'ready' | 'failed';
  isArchived: boolean;
  isDeleted: boolean;
  /** In public listings. */
  listed: boolean;
  /** How many likes it may expect, before scaling to the world's average. */
  appeal: number;
}

export interface PostDetails {
  filename: string | null;
  bpm: number | null;
  key: string | null;
  daw: string | null;
  bars: number | null;
  /** Seconds, to the millisecond. */
  duration: number | null;
}

/** Makes post number i from the seed and i alone: nothing of a million posts is kept. */
export class Posts {
  readonly #size: WorldSize;
  readonly #people: People;
  readonly #followers: Edges;
  readonly #random: Random;
  readonly #authors: Weighted;

  constructor(size: WorldSize, people: People, followers: Edges, random: Random) {
    this.#size = size;
    this.#people = people;
    this.#followers = followers;
    this.#random = random;
    // A third only listens; among the others the popular post more.
    this.#authors = new Weighted(
      people.popularity.map((popularity, person) => {
        random.at(STREAM.ranking, person + 1);
        const listens = person >= people.founders && random.chance(0.33);
        return listens ? 0 : popularity ** 0.6 * Math.exp(0.7 * random.normal());
      }),
    );
  }

  sketch(index: number): PostSketch {
    const random = this.#random.at(STREAM.postSketch, index);
    // Each post has a slot of its own and stays in it, so times ascend without looking at the post before.
    const left = 1 - (index + 0.9 * random.fraction()) / this.#size.posts;
    const age = FIRST_POST * (0.05 * left + 0.95 * left * left);
    const time = Math.floor(this.#size.now - age);
    const author = this.#author(time, random);
    const tastes = this.#people.tastes(author);
    const main = random.chance(0.7) ? this.#people.mainGenre(author) : random.pick(tastes);
    const genres = [main];
    if (random.chance(0.35)) {
      const second = genreIndex.get(random.pick(genreAt(main).related)) ?? main;
      if (second !== main) genres.push(second);
    }
    const dice = random.fraction();
    const visibility = dice < 0.945 ? 'public' : dice < 0.985 ? 'followers' : 'private';
    const audioStatus = random.chance(0.002) ? 'failed' : 'ready';
    const isArchived = random.chance(0.01);
    const isDeleted = !isArchived && random.chance(0.005);
    const isHeard = visibility !== 'private' && audioStatus === 'ready';
    const listed =
      visibility === 'public' && isHeard && !isArchived && !isDeleted && this.#people.isPrivate[author] !== 1;
    const reach = (this.#followers.countOf(author) + 3) ** 0.6;
    const ripeness = 1 - Math.exp(-(age + 0.2 * HOUR) / (10 * HOUR));
    const appeal = isHeard ? Math.exp(0.9 * random.normal()) * reach * ripeness : 0;
    return { index, author, time, genres, visibility, audioStatus, isArchived, isDeleted, listed, appeal };
  }

  details(post: PostSketch): PostDetails {
    const random = this.#random.at(STREAM.postDetails, post.index);
    const genre = genreAt(post.genres[0] ?? 0);
    const bpm = pickBpm(genre, random);
    const key = pickKey(genre, random);
    const bars = random.pick(genre.bars);
    const usualDaw = DAWS[(post.author * 7 + 3) % DAWS.length] ?? DAWS[0];
    const daw = random.chance(0.9) ? usualDaw : random.pick(DAWS);
    const filename = makeFilename(genre, bpm, key, random);
    const duration = Math.round((bars * 4 * 60_000) / bpm) / 1000;
    return {
      filename: random.chance(0.97) ? filename : null,
      bpm: random.chance(0.96) ? bpm : null,
      key: random.chance(0.92) ? key : null,
      daw: random.chance(0.9) ? daw : null,
      bars: random.chance(0.95) ? bars : null,
      duration: random.chance(0.98) ? duration : null,
    };
  }

  /** Someone who had an account by then; the first account, should chance find nobody else. */
  #author(time: number, random: Random): number {
    for (let tries = 0; tries < 24; tries += 1) {
      const person = this.#authors.pick(random);
      if ((this.#people.joined[person] ?? 0) <= time) return person;
    }
    return 0;
  }
}
