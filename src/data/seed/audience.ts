import type { Edges } from './follows.ts';
import type { People } from './people.ts';
import type { PostSketch, Posts } from './posts.ts';
import type { Random } from './random.ts';
import { STREAM, type WorldSize } from './size.ts';

/** What people do with a post, and how often against one like. */
export const REACTIONS = {
  likes: { stream: STREAM.likes, perLike: 1 },
  reposts: { stream: STREAM.reposts, perLike: 0.05 },
  saves: { stream: STREAM.saves, perLike: 0.1 },
  plays: { stream: STREAM.plays, perLike: 1.4 },
  comments: { stream: STREAM.comments, perLike: 0.13 },
} as const;
export type Reaction = keyof typeof REACTIONS;

/** Posts that a founder likes, about, however large the world is: a feed must be rich, not absurd. */
const FOUNDER_LIKES = 60;

/** Decides who likes, plays, saves, reposts and comments on a post: the same answer each time it is asked. */
export class Audience {
  readonly #size: WorldSize;
  readonly #people: People;
  readonly #followers: Edges;
  readonly #random: Random;
  readonly #scale: number;
  readonly #founderChance: number;
  #picked = new Int32Array(64);
  /** seen[p] === mark: p is in the list already. */
  readonly #seen: Int32Array;
  #mark = 0;

  constructor(size: WorldSize, people: People, followers: Edges, posts: Posts, random: Random) {
    this.#size = size;
    this.#people = people;
    this.#followers = followers;
    this.#random = random;
    this.#seen = new Int32Array(people.count);
    this.#founderChance = Math.min(0.25, (FOUNDER_LIKES * 8) / Math.max(1, size.posts));
    this.#scale = size.likesPerPost / averageAppeal(size.posts, posts);
  }

  /**
   * The people who react to a post, each once. The list is valid until the next call; the generator is left where
   * it is, for the moments of the reactions to be drawn from.
   */
  of(post: PostSketch, reaction: Reaction): Int32Array {
    const { stream, perLike } = REACTIONS[reaction];
    const random = this.#random.at(stream, post.index);
    const followers = this.#followers.of(post.author);
    const isOpen = post.visibility === 'public' && this.#people.isPrivate[post.author] !== 1;
    const pool = isOpen ? this.#people.count - 1 : followers.length;
    const wanted = Math.min(Math.floor(pool * 0.6), random.round(post.appeal * this.#scale * perLike));
    this.#startList(post.author);
    let found = 0;

    if (reaction === 'likes' && post.listed) {
      for (let founder = 0; founder < this.#people.founders; founder += 1) {
        const isFan = this.#people.likesGenre(founder, post.genres[0] ?? 0) && random.chance(this.#founderChance);
        if (isFan && founder !== post.author) found = this.#add(founder, found);
      }
    }
    for (let tries = 0; found < wanted && tries < wanted * 6; tries += 1) {
      const isFollower = followers.length > 0 && (!isOpen || random.chance(0.6));
      const person = isFollower ? (followers[random.below(followers.length)] ?? 0) : random.below(this.#people.count);
      if (this.#seen[person] === this.#mark) continue;
      if (!this.#people.likesGenre(person, post.genres[0] ?? 0) && random.chance(0.5)) continue;
      found = this.#add(person, found);
    }
    return this.#picked.subarray(0, found);
  }

  /** When somebody reacted, in milliseconds: soon after the post, rarely much later, never before joining. */
  moment(post: PostSketch, person: number): number {
    const earliest = Math.max(post.time + 1, this.#people.joined[person] ?? 0);
    return Math.floor(earliest + (this.#size.now - earliest) * this.#random.fraction() ** 4);
  }

  #startList(author: number): void {
    this.#mark += 1;
    // After 2^31 lists the marks begin anew.
    if (this.#mark === 0x7fffffff) {
      this.#seen.fill(0);
      this.#mark = 1;
    }
    this.#seen[author] = this.#mark;
  }

  #add(person: number, found: number): number {
    if (found === this.#picked.length) {
      const larger = new Int32Array(found * 2);
      larger.set(this.#picked);
      this.#picked = larger;
    }
    this.#picked[found] = person;
    this.#seen[person] = this.#mark;
    return found + 1;
  }
}

/** Of a sample of the posts, spread evenly over time. */
const averageAppeal = (count: number, posts: Posts): number => {
  const sample = Math.min(count, 4000);
  let sum = 0;
  for (let i = 0; i < sample; i += 1) sum += posts.sketch(Math.floor((i * count) / sample)).appeal;
  return sum > 0 ? sum / sample : 1;
};
