import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, type Page, toPage } from '../../data/pagination.ts';
import { listRecommended, type RecommendedRow } from '../../data/repositories/users-discovery.ts';
import {
  type DatedRow,
  listFollowers,
  listFollowing,
  listMuted,
  type Since,
} from '../../data/repositories/users-lists.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { requireUser } from './find-user.ts';

export interface ListContext {
  db: Database;
  secrets: Secrets;
}

export interface ListRequest {
  limit: number;
  cursor?: string | undefined;
}

const Position = z.tuple([z.iso.datetime(), z.guid()]);

/** One page of a list of users that is ordered by time, the latest first. */
const pageOfUsers = async (
  ctx: ListContext,
  list: string,
  { limit, cursor }: ListRequest,
  load: (since: Since | undefined, count: number) => Promise<DatedRow[]>,
): Promise<Page<DatedRow>> => {
  const { appSecret } = ctx.secrets;
  const rows = await load(decodeCursor(appSecret, list, Position, cursor), limit + 1);
  return toPage(rows, limit, (last) => encodeCursor(appSecret, list, [last.at.toISOString(), last.id]));
};

/** Who follows a user. @throws AppError NOT_FOUND */
export const getFollowers = (
  ctx: ListContext,
  viewerId: string | undefined,
  idOrUsername: string,
  request: ListRequest,
): Promise<Page<DatedRow>> =>
  withSpan('social.list_followers', {}, async (span) => {
    const user = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', user.id);
    return pageOfUsers(ctx, `followers:${user.id}`, request, (since, count) =>
      listFollowers(ctx.db, user.id, viewerId, since, count),
    );
  });

/** Whom a user follows. @throws AppError NOT_FOUND */
export const getFollowing = (
  ctx: ListContext,
  viewerId: string | undefined,
  idOrUsername: string,
  request: ListRequest,
): Promise<Page<DatedRow>> =>
  withSpan('social.list_following', {}, async (span) => {
    const user = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', user.id);
    return pageOfUsers(ctx, `following:${user.id}`, request, (since, count) =>
      listFollowing(ctx.db, user.id, viewerId, since, count),
    );
  });

/** Whom the viewer muted; nobody else can see that. */
export const getMuted = (ctx: ListContext, viewerId: string, request: ListRequest): Promise<Page<DatedRow>> =>
  withSpan('social.list_muted', {}, () =>
    pageOfUsers(ctx, `muted:${viewerId}`, request, (since, count) =>
      listMuted(ctx.db, viewerId, viewerId, since, count),
    ),
  );

/** Whom the viewer may want to follow. */
export const getRecommendedUsers = (
  ctx: Pick<ListContext, 'db'>,
  viewerId: string,
  limit: number,
): Promise<RecommendedRow[]> => withSpan('social.recommend_users', {}, () => listRecommended(ctx.db, viewerId, limit));
