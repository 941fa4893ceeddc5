import { rankedPosts } from '../../data/repositories/feed-public.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { type CursorScope, expired, openCursor, sealCursor } from './cursor.ts';
import type { FeedContext, FeedPage, FeedRequest } from './feed.ts';
import { filtersKey } from './filters.ts';
import { hydrate, pageOf } from './page.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/**
 * The trending ranking, best first. A cursor goes on in the run of the ranking that its first page was taken from.
 * @throws AppError VALIDATION_ERROR for a bad cursor, or one whose run is gone.
 */
export const trendingFeed = async (ctx: FeedContext, request: FeedRequest): Promise<FeedPage> => {
  const { viewerId, limit, offset, filters } = request;
  const scope: CursorScope = { feed: 'trending', viewerId: viewerId ?? '', filters: filtersKey(filters) };
  const place = placeOf(ctx, request, scope);
  const ranking = await withSpan('feed.source trending', {}, async (span) => {
    const read = await rankedPosts(ctx.db, viewerId, { ...place, filters, limit: limit + 1, offset });
    span.setAttribute('feed.source.count', Math.min(read?.posts.length ?? 0, limit));
    return read;
  });
  // No run at all: nothing has been ranked yet. The run of a cursor: it was deleted since.
  if (ranking === undefined && place.run !== undefined) throw expired();
  const posts = ranking?.posts ?? [];
  const hasMore = posts.length > limit;
  const page = posts.slice(0, limit);
  const placed = page.map((post) => ({
    id: post.id,
    source: 'trending' as const,
    score: Math.round(post.score * 10_000) / 10_000,
  }));
  const shown = await hydrate(ctx.db, placed, viewerId);
  const last = page.at(-1);
  const nextCursor =
    hasMore && ranking && last
      ? sealCursor(ctx.secrets.appSecret, scope, new VarintWriter().number(ranking.run).number(last.rank).finish())
      : null;
  return pageOf(shown, { limit, viewerId, nextCursor, hasMore });
};

const placeOf = (ctx: FeedContext, { cursor }: FeedRequest, scope: CursorScope) => {
  if (cursor === undefined) return { run: undefined, after: 0 };
  const reader = new VarintReader(openCursor(ctx.secrets.appSecret, scope, cursor));
  return { run: reader.number(), after: reader.number() };
};
