/** What a generated world is made from: the same numbers give the same rows, byte for byte. */
export interface WorldSize {
  users: number;
  posts: number;
  /** 0 to 2^32 - 1. */
  seed: number;
  /** The moment, in milliseconds, that the world has reached: nothing in it is later. */
  now: number;
  /** Likes per post, on average. Plays, comments, reposts and saves go with it. */
  likesPerPost: number;
}

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;

/** Which sequence of random numbers a thing is drawn from. Adding one changes nothing in the others. */
export const STREAM = {
  person: 1,
  ranking: 2,
  profile: 3,
  following: 4,
  followMoment: 5,
  postSketch: 6,
  postDetails: 7,
  output: 8,
  likes: 10,
  reposts: 11,
  saves: 12,
  plays: 13,
  comments: 14,
  mutes: 20,
  requests: 21,
} as const;
