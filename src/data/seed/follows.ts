import type { People } from './people.ts';
import { type Random, Weighted } from './random.ts';
import { STREAM } from './size.ts';

/** A list of whole numbers that grows in place. */
class Numbers {
  #items = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length] = value;
    this.length += 1;
  }

  /** What is in it, without a copy. */
  items(): Int32Array {
    return this.#items.subarray(0, this.length);
  }
}

/** Whom somebody follows, or by whom somebody is followed, for everyone, in two flat arrays. */
export class Edges {
  /** Those of person p are others[starts[p]] to others[starts[p + 1] - 1]. */
  readonly starts: Int32Array;
  readonly others: Int32Array;

  constructor(starts: Int32Array, others: Int32Array) {
    this.starts = starts;
    this.others = others;
  }

  of(person: number): Int32Array {
    return this.others.subarray(this.starts[person], this.starts[person + 1]);
  }

  countOf(person: number): number {
    return (this.starts[person + 1] ?? 0) - (this.starts[person] ?? 0);
  }

  /** The same edges seen from the other end. */
  reversed(): Edges {
    const people = this.starts.length - 1;
    const starts = new Int32Array(people + 1);
    for (const other of this.others) starts[other + 1] = (starts[other + 1] ?? 0) + 1;
    for (let person = 0; person < people; person += 1)
      starts[person + 1] = (starts[person + 1] ?? 0) + (starts[person] ?? 0);
    const next = starts.slice();
    const others = new Int32Array(this.others.length);
    for (let person = 0; person < people; person += 1) {
      for (const other of this.of(person)) {
        const place = next[other] ?? 0;
        others[place] = person;
        next[other] = place + 1;
      }
    }
    return new Edges(starts, others);
  }
}

export interface FollowGraph {
  following: Edges;
  followers: Edges;
  /** Follows of private accounts that wait for an answer: [requester, target] in turn. */
  requests: Int32Array;
}

/**
 * Who follows whom: 25 people on average, most fewer, a few hundreds, and in large worlds one of a thousand follows
 * thousands. The popular and those who make the same music are followed most; private accounts leave some waiting.
 */
export const makeFollows = (people: People, random: Random): FollowGraph => {
  const starts = new Int32Array(people.count + 1);
  const others = new Numbers();
  const requests = new Numbers();
  const byPopularity = new Weighted(people.popularity);
  /** seen[p] === follower + 1 when this follower has p already. */
  const seen = new Int32Array(people.count);

  for (let follower = 0; follower < people.count; follower += 1) {
    random.at(STREAM.following, follower);
    const isFounder = follower < people.founders;
    const wanted = Math.min(people.count - 1, isFounder ? 60 + 5 * follower : followingCount(people.count, random));
    seen[follower] = follower + 1;
    let found = 0;
    const follow = (followee: number): void => {
      seen[followee] = follower + 1;
      found += 1;
      const waits = people.isPrivate[followee] === 1 && random.chance(0.2);
      if (!waits) others.push(followee);
      else {
        requests.push(follower);
        requests.push(followee);
      }
    };
    if (isFounder) for (let friend = 0; friend < people.founders; friend += 1) if (friend !== follower) follow(friend);

    const genre = people.mainGenre(follower);
    for (let tries = 0; found < wanted && tries < wanted * 12; tries += 1) {
      // Whoever follows much of the world runs out of the popular: then anyone.
      const followee = tries < wanted * 6 ? byPopularity.pick(random) : random.below(people.count);
      if (seen[followee] === follower + 1) continue;
      if (tries < wanted * 6 && !people.likesGenre(followee, genre) && random.chance(0.6)) continue;
      follow(followee);
    }
    starts[follower + 1] = others.length;
  }
  const following = new Edges(starts, others.items());
  return { following, followers: following.reversed(), requests: requests.items() };
};

/** Log-normal with a mean of 25; in worlds of 2,000 and more, one of a thousand follows 1,000 to 5,000. */
const followingCount = (people: number, random: Random): number => {
  const usual = Math.round(12.5 * Math.exp(1.1 * random.normal()));
  const isCollector = random.chance(0.001);
  return people >= 2000 && isCollector ? random.between(1000, Math.min(5000, people >> 1)) : usual;
};
