import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import type { FollowStatus } from './follows.ts';
import { namedUser, type ProfileRow, profileColumns } from './users.ts';

/** A profile with what it is to the viewer. */
export interface ViewedProfileRow extends ProfileRow {
  followStatus: FollowStatus;
  followsViewer: boolean;
  isMuted: boolean;
}

const relations = (viewerId: string): Prisma.Sql => Prisma.sql`
  CASE
    WHEN EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ${viewerId}::uuid AND f.followee_id = u.id)
      THEN 'following'
    WHEN EXISTS (SELECT 1 FROM follow_requests r WHERE r.requester_id = ${viewerId}::uuid AND r.target_id = u.id)
      THEN 'requested'
    ELSE 'none' END AS "followStatus",
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = u.id AND f.followee_id = ${viewerId}::uuid) AS "followsViewer",
  EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = ${viewerId}::uuid AND m.muted_id = u.id) AS "isMuted"`;

const NO_RELATIONS = Prisma.sql`'none' AS "followStatus", false AS "followsViewer", false AS "isMuted"`;

export const findProfile = async (
  db: Queryable,
  idOrUsername: string,
  viewerId: string | undefined,
): Promise<ViewedProfileRow | undefined> => {
  const [row] = await db.$queryRaw<ViewedProfileRow[]>(Prisma.sql`
    SELECT ${profileColumns}, ${viewerId === undefined ? NO_RELATIONS : relations(viewerId)}
    FROM users u WHERE ${namedUser(idOrUsername)}`);
  return row;
};

const READY = Prisma.sql`p.audio_status = 'ready' AND p.archived_at IS NULL AND p.deleted_at IS NULL`;

/** The ids of a user's posts that `viewerId` may see, newest first, with the number that the list goes on after. */
export const listPostIds = (
  db: Queryable,
  userId: string,
  viewer: 'self' | 'follower' | 'stranger',
  beforeSeq: number | undefined,
  count: number,
): Promise<{ id: string; seq: number }[]> => {
  const visible = {
    self: Prisma.sql`${READY}`,
    follower: Prisma.sql`${READY} AND p.visibility IN ('public', 'followers')`,
    stranger: Prisma.sql`p.listed`,
  }[viewer];
  return db.$queryRaw(Prisma.sql`
    SELECT p.id, p.seq::float8 AS seq FROM posts p
    WHERE p.user_id = ${userId}::uuid AND ${visible}
      ${beforeSeq === undefined ? Prisma.empty : Prisma.sql`AND p.seq < ${beforeSeq}::bigint`}
    ORDER BY p.seq DESC LIMIT ${count}`);
};
