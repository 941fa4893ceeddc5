import { followingStretch } from '../../data/repositories/feed-following.ts';
import type { FeedPosition } from '../../data/repositories/feed-rows.ts';
import { takeSnapshot } from '../../data/repositories/feed-snapshot.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { assertFresh, type CursorScope, decodePosition, encodePosition, openCursor, sealCursor } from './cursor.ts';
import type { FeedContext, FeedPage, PersonalFeedRequest } from './feed.ts';
import { filtersKey } from './filters.ts';
import { hydrate, pageOf } from './page.ts';
import { beginningOf } from './progress.ts';
import { scoreOf } from './ranking.ts';

/**
 * Posts of the people whom the viewer follows and the viewer's own, newest first.
 * @throws AppError VALIDATION_ERROR for a bad cursor.
 */
export const timelineFeed = async (ctx: FeedContext, request: PersonalFeedRequest): Promise<FeedPage> => {
  const { viewerId, limit, offset, filters, cursor } = request;
  const scope: CursorScope = { feed: 'timeline', viewerId, filters: filtersKey(filters) };
  const position =
    cursor === undefined
      ? beginningOf(await withSpan('feed.snapshot', {}, () => takeSnapshot(ctx.db, viewerId)))
      : decodePosition(openCursor(ctx.secrets.appSecret, scope, cursor));
  assertFresh(position.snapshot.at, ctx.now().getTime());

  const stretch = await withSpan('feed.source following', {}, async (span) => {
    const read = await followingStretch(ctx.db, viewerId, position, filters, limit, offset);
    span.setAttribute('feed.source.count', read.posts.length);
    return read;
  });
  const placed = stretch.posts.map((post) => ({
    id: post.id,
    source: 'following' as const,
    score: scoreOf(post, 'following', position.snapshot.at),
  }));
  const shown = await hydrate(ctx.db, placed, viewerId);
  const next: FeedPosition = { ...position, followed: { mark: stretch.mark, holes: [] } };
  const nextCursor = stretch.more ? sealCursor(ctx.secrets.appSecret, scope, encodePosition(next)) : null;
  return pageOf(shown, { limit, viewerId, nextCursor, hasMore: stretch.more });
};
