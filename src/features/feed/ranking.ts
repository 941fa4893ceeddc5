import type { Candidate } from '../../data/repositories/feed-rows.ts';
import { FEED_SOURCES, type FeedSource } from './sources.ts';

export interface RankedPost extends Candidate {
  source: FeedSource;
  score: number;
  /** Why a recommender proposed it. */
  reason: string | undefined;
}

/** A candidate and the source that brought it. */
export interface SourcedPost {
  post: Candidate & { reason?: string };
  source: FeedSource;
}

const WEIGHT: Record<FeedSource, number> = { following: 1.5, recommended: 1.3, trending: 1.0, recent: 0.7 };
const HOUR_MS = 3_600_000;

const freshness = (ageHours: number): number => {
  if (ageHours < 1) return 1.5;
  if (ageHours < 6) return 1.3;
  if (ageHours < 24) return 1.1;
  return ageHours > 168 ? 0.8 : 1;
};

const likeBoost = (likes: number): number => {
  if (likes > 50) return 1.3;
  if (likes > 20) return 1.2;
  return likes > 5 ? 1.1 : 1;
};

const playBoost = (plays: number): number => {
  if (plays > 100) return 1.2;
  return plays > 50 ? 1.1 : 1;
};

/**
 * Source weight x freshness x likes x plays. Each factor has one decimal, so four are the whole number: rounding there
 * takes away what binary fractions add, and equal products are equal.
 * @param at the moment that ages are counted to, in milliseconds.
 */
export const scoreOf = (post: Candidate, source: FeedSource, at: number): number => {
  const ageHours = (at - post.createdAt) / HOUR_MS;
  const score = WEIGHT[source] * freshness(ageHours) * likeBoost(post.likeCount) * playBoost(post.playCount);
  return Math.round(score * 10_000) / 10_000;
};

/** By score, then newest, then id: a total order, so that the same posts always stand in the same order. */
const byScore = (a: RankedPost, b: RankedPost): number =>
  b.score - a.score || b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/** Every post once, under the best of the sources that brought it. */
export const merge = (
  bySource: Partial<Record<FeedSource, readonly (Candidate & { reason?: string })[]>>,
): SourcedPost[] => {
  const merged = new Map<number, SourcedPost>();
  for (const source of FEED_SOURCES) {
    for (const post of bySource[source] ?? []) {
      if (!merged.has(post.seq)) merged.set(post.seq, { post, source });
    }
  }
  return [...merged.values()];
};

/** Scores posts and puts them in order, best first. */
export const rank = (posts: readonly SourcedPost[], at: number): RankedPost[] =>
  posts.map(({ post, source }) => ranked(post, source, scoreOf(post, source, at))).sort(byScore);

/** Field by field: copying by spreading is many times slower, and there are hundreds. */
const ranked = (post: SourcedPost['post'], source: FeedSource, score: number): RankedPost => ({
  id: post.id,
  seq: post.seq,
  createdAt: post.createdAt,
  likeCount: post.likeCount,
  playCount: post.playCount,
  followed: post.followed,
  reason: post.reason,
  source,
  score,
});
