import type { Candidate, FeedFilters, FeedPosition } from '../../data/repositories/feed-rows.ts';

export interface RecommendRequest {
  viewerId: string;
  /** How many at most. */
  limit: number;
  filters: FeedFilters;
  /** What the viewer has been shown already in this snapshot of the feed; nothing of it may come back. */
  position: FeedPosition;
}

export interface Recommendation extends Candidate {
  /** A sentence for the viewer: "Popular in House". */
  reason: string;
}

/**
 * Proposes posts from the public listings, best first. It may throw and it may be slow: the feed leaves it out then
 * and says so.
 */
export interface Recommender {
  recommend(request: RecommendRequest): Promise<Recommendation[]>;
}
