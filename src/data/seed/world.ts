import { Audience } from './audience.ts';
import { type FollowGraph, makeFollows } from './follows.ts';
import { People } from './people.ts';
import { Posts } from './posts.ts';
import { Random } from './random.ts';
import type { WorldSize } from './size.ts';

/** Everything that rows are written from. What it keeps in memory grows with the people, not with the posts. */
export interface World {
  size: WorldSize;
  people: People;
  follows: FollowGraph;
  posts: Posts;
  audience: Audience;
  /** For what is drawn while rows are written. */
  random: Random;
}

export const makeWorld = (size: WorldSize): World => {
  // Each part has a generator of its own, so that none disturbs another's sequence.
  const people = new People(size, new Random(size.seed));
  const follows = makeFollows(people, new Random(size.seed));
  const posts = new Posts(size, people, follows.followers, new Random(size.seed));
  const audience = new Audience(size, people, follows.followers, posts, new Random(size.seed));
  return { size, people, follows, posts, audience, random: new Random(size.seed) };
};
