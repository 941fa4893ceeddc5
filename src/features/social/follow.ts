import type { Cache } from '../../data/cache/cache.ts';
import type { Database } from '../../data/database.ts';
import { type FollowStatus, follow, unfollow } from '../../data/repositories/follows.ts';
import { invalid, notFound } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds } from '../feed/invalidation.ts';
import { requireUser } from '../users/find-user.ts';

/** What changes of the social graph use. */
export interface SocialContext {
  db: Database;
  cache: Cache;
}

/**
 * Follows a user, or asks a private one. Again changes nothing.
 * @throws AppError NOT_FOUND; VALIDATION_ERROR for oneself.
 */
export const followUser = (ctx: SocialContext, viewerId: string, idOrUsername: string): Promise<FollowStatus> =>
  withSpan('social.follow_user', { 'user.id': viewerId }, async (span) => {
    const target = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', target.id);
    if (target.id === viewerId) throw invalid('id', 'you cannot follow yourself');
    const result = await follow(ctx.db, viewerId, target.id);
    if (!result) throw notFound('user');
    span.setAttribute('social.status', result.status);
    if (result.isNew) {
      addEvent(result.status === 'following' ? 'user followed' : 'follow requested');
      await invalidatePersonalFeeds(ctx.cache, viewerId);
    }
    return result.status;
  });

/**
 * Ends a follow or takes a request back. Again changes nothing.
 * @throws AppError NOT_FOUND; VALIDATION_ERROR for oneself.
 */
export const unfollowUser = (ctx: SocialContext, viewerId: string, idOrUsername: string): Promise<FollowStatus> =>
  withSpan<FollowStatus>('social.unfollow_user', { 'user.id': viewerId }, async (span) => {
    const target = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', target.id);
    if (target.id === viewerId) throw invalid('id', 'you cannot follow yourself');
    const ended = await unfollow(ctx.db, viewerId, target.id);
    span.setAttribute('social.status', 'none');
    if (ended) {
      addEvent('user unfollowed');
      await invalidatePersonalFeeds(ctx.cache, viewerId);
    }
    return 'none';
  });
