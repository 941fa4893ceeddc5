import type { Database } from '../../data/database.ts';
import { type HydratedPost, hydratePosts } from '../../data/repositories/feed-hydration.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { activityOf, type Placement } from './activity.ts';
import type { FeedPage } from './feed.ts';
import { mayBeShown } from './rules.ts';
import type { FeedSource } from './sources.ts';

type Placed = Placement & { id: string };

/** Loads what the page shows and drops what may not be shown after all, keeping the order. */
export const hydrate = (db: Database, placed: readonly Placed[], viewerId: string | undefined) =>
  withSpan('feed.hydrate', { 'feed.hydrate.count': placed.length }, async () => {
    const posts = await hydratePosts(
      db,
      placed.map((post) => post.id),
      viewerId,
    );
    const byId = new Map(posts.map((post) => [post.id, post]));
    return placed.flatMap((placement): [HydratedPost, Placed][] => {
      const post = byId.get(placement.id);
      return post && mayBeShown(post, viewerId) ? [[post, placement]] : [];
    });
  });

export interface PageEnd {
  limit: number;
  viewerId: string | undefined;
  /** Where the next page begins, when there is one. */
  nextCursor: string | null;
  hasMore: boolean;
  degraded?: FeedSource[];
}

/** The wire shape of a page. */
export const pageOf = (shown: readonly [HydratedPost, Placed][], end: PageEnd): FeedPage => {
  const activities = shown.map(([post, placement]) => activityOf(post, placement, end.viewerId));
  const from = (source: FeedSource) => activities.filter((activity) => activity.source === source).length;
  return {
    activities,
    meta: {
      limit: end.limit,
      count: activities.length,
      has_more: end.hasMore,
      next_cursor: end.nextCursor,
      following_count: from('following'),
      recommended_count: from('recommended'),
      trending_count: from('trending'),
      recent_count: from('recent'),
      degraded_sources: end.degraded ?? [],
    },
  };
};
