import type { Config } from '../../config/index.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { Cache } from '../../data/cache/cache.ts';
import type { Database } from '../../data/database.ts';
import type { FeedFilters } from '../../data/repositories/feed-rows.ts';
import type { Activity } from './activity.ts';
import type { Recommender } from './recommender.ts';
import type { FeedSource } from './sources.ts';

export const FEED_TYPES = ['unified', 'timeline', 'global', 'trending'] as const;
export type FeedType = (typeof FEED_TYPES)[number];

/** What feeds use of what a running api has. */
export interface FeedContext {
  config: Pick<Config, 'FEED_SOURCE_TIMEOUT' | 'DATABASE_POOL_SIZE'>;
  secrets: Pick<Secrets, 'appSecret'>;
  db: Database;
  cache: Cache;
  recommender: Recommender;
  now: () => Date;
}

export interface FeedRequest {
  /** Who looks, if that is known. The personal feeds need it. */
  viewerId: string | undefined;
  limit: number;
  cursor: string | undefined;
  /** How many to pass over, for clients that know no cursors. */
  offset: number;
  filters: FeedFilters;
}

export interface PersonalFeedRequest extends FeedRequest {
  viewerId: string;
}

/** The reply, in the names of the wire. */
export interface FeedPage {
  activities: Activity[];
  meta: {
    limit: number;
    count: number;
    has_more: boolean;
    next_cursor: string | null;
    following_count: number;
    recommended_count: number;
    trending_count: number;
    recent_count: number;
    degraded_sources: FeedSource[];
  };
}
