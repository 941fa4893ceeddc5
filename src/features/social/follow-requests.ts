import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, type Page, toPage } from '../../data/pagination.ts';
import {
  acceptFollowRequest as accept,
  deleteFollowRequest,
  type FollowRequestRow,
  listFollowRequests,
} from '../../data/repositories/follow-requests.ts';
import { notFound } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds } from '../feed/invalidation.ts';
import type { SocialContext } from './follow.ts';

const Position = z.tuple([z.guid()]);

/** Who waits for the viewer's answer, the latest first. */
export const getFollowRequests = (
  ctx: { db: Database; secrets: Secrets },
  viewerId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<FollowRequestRow>> =>
  withSpan('social.list_follow_requests', {}, async () => {
    const { appSecret } = ctx.secrets;
    const list = `follow-requests:${viewerId}`;
    const [before] = decodeCursor(appSecret, list, Position, cursor) ?? [];
    const rows = await listFollowRequests(ctx.db, viewerId, before, limit + 1);
    return toPage(rows, limit, (last) => encodeCursor(appSecret, list, [last.requestId]));
  });

/** Lets somebody follow the viewer. @throws AppError NOT_FOUND where the viewer has no such request. */
export const acceptFollowRequest = (ctx: SocialContext, viewerId: string, requestId: string): Promise<void> =>
  withSpan('social.accept_follow_request', { 'user.id': viewerId }, async (span) => {
    const requesterId = await accept(ctx.db, viewerId, requestId);
    if (requesterId === undefined) throw notFound('follow request');
    span.setAttribute('target.user.id', requesterId);
    addEvent('follow request accepted');
    await Promise.all([requesterId, viewerId].map((id) => invalidatePersonalFeeds(ctx.cache, id)));
  });

/** Refuses; whoever asked may ask again. @throws AppError NOT_FOUND where the viewer has no such request. */
export const rejectFollowRequest = (
  ctx: Pick<SocialContext, 'db'>,
  viewerId: string,
  requestId: string,
): Promise<void> =>
  withSpan('social.reject_follow_request', { 'user.id': viewerId }, async (span) => {
    const requesterId = await deleteFollowRequest(ctx.db, viewerId, requestId);
    if (requesterId === undefined) throw notFound('follow request');
    span.setAttribute('target.user.id', requesterId);
    addEvent('follow request rejected');
  });
