import { listedPosts } from '../../data/repositories/feed-public.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { assertFresh, type CursorScope, openCursor, sealCursor } from './cursor.ts';
import type { FeedContext, FeedPage, FeedRequest } from './feed.ts';
import { filtersKey } from './filters.ts';
import { hydrate, pageOf } from './page.ts';
import { scoreOf } from './ranking.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/**
 * All posts in public listings, newest first.
 * @throws AppError VALIDATION_ERROR for a bad cursor.
 */
export const globalFeed = async (ctx: FeedContext, request: FeedRequest): Promise<FeedPage> => {
  const { viewerId, limit, offset, filters } = request;
  const scope: CursorScope = { feed: 'global', viewerId: viewerId ?? '', filters: filtersKey(filters) };
  const { at, before } = placeOf(ctx, request, scope);
  const posts = await withSpan('feed.source recent', {}, async (span) => {
    const read = await listedPosts(ctx.db, viewerId, { before, filters, limit: limit + 1, offset });
    span.setAttribute('feed.source.count', Math.min(read.length, limit));
    return read;
  });
  const hasMore = posts.length > limit;
  const page = posts.slice(0, limit);
  const placed = page.map((post) => ({ id: post.id, source: 'recent' as const, score: scoreOf(post, 'recent', at) }));
  const shown = await hydrate(ctx.db, placed, viewerId);
  const last = page.at(-1);
  const nextCursor =
    hasMore && last
      ? sealCursor(ctx.secrets.appSecret, scope, new VarintWriter().number(at).number(last.seq).finish())
      : null;
  return pageOf(shown, { limit, viewerId, nextCursor, hasMore });
};

const placeOf = (ctx: FeedContext, { cursor }: FeedRequest, scope: CursorScope) => {
  if (cursor === undefined) return { at: ctx.now().getTime(), before: undefined };
  const reader = new VarintReader(openCursor(ctx.secrets.appSecret, scope, cursor));
  const at = reader.number();
  assertFresh(at, ctx.now().getTime());
  return { at, before: reader.number() };
};
