import { v7 } from 'uuid';
import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

export type FollowStatus = 'following' | 'requested' | 'none';

/**
 * Every statement here that changes a counter first locks the users it counts for, in the order of their ids: two
 * statements never wait for each other, and whether an account is private is what it is at that moment.
 */
const lockPair = (one: string, other: string, after = Prisma.sql`true`): Prisma.Sql => Prisma.sql`
  locked AS MATERIALIZED (
    SELECT id, is_private FROM users WHERE id IN (${one}::uuid, ${other}::uuid) AND ${after}
    ORDER BY id FOR NO KEY UPDATE
  )`;

/** Any number that no other pair of advisory locks of the product begins with. */
const REQUESTS_LOCK = 7_305_412;

/**
 * An advisory lock on the requests to an account, for the arguments of `pg_advisory_xact_lock`. Who asks to follow
 * shares it; an account that accepts all who asked has it alone, so that nobody is added to those it has to lock. It is
 * taken before any row is, and nobody takes two.
 */
export const requestsOf = (targetId: string): Prisma.Sql =>
  Prisma.sql`${REQUESTS_LOCK}::int, hashtext(${targetId}::uuid::text)`;

/** Adds `step` to the counters of both, if `changed` has a row. */
const countPair = (follower: string, followee: string, step: 1 | -1, changed: Prisma.Sql): Prisma.Sql => Prisma.sql`
  counted AS (
    UPDATE users SET
      following_count = following_count + CASE WHEN id = ${follower}::uuid THEN ${step}::int ELSE 0 END,
      follower_count = follower_count + CASE WHEN id = ${followee}::uuid THEN ${step}::int ELSE 0 END
    WHERE id IN (${follower}::uuid, ${followee}::uuid) AND EXISTS (SELECT 1 FROM ${changed})
  )`;

/**
 * Follows, or asks to follow where the account is private. Doing it again changes nothing.
 * @returns undefined when there is no such user (any more).
 */
export const follow = async (
  db: Queryable,
  followerId: string,
  followeeId: string,
): Promise<{ status: 'following' | 'requested'; isNew: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ isPrivate: boolean; wasFollowing: boolean; followed: boolean; asked: boolean }[]>(
    Prisma.sql`
    WITH gate AS MATERIALIZED (
      SELECT pg_advisory_xact_lock_shared(${requestsOf(followeeId)})
    ), ${lockPair(followerId, followeeId, Prisma.sql`EXISTS (SELECT 1 FROM gate)`)}, target AS (
      SELECT is_private FROM locked WHERE id = ${followeeId}::uuid AND (SELECT count(*) FROM locked) = 2
    ), followed AS (
      INSERT INTO follows (follower_id, followee_id)
      SELECT ${followerId}::uuid, ${followeeId}::uuid FROM target WHERE NOT is_private
      ON CONFLICT DO NOTHING RETURNING follower_id
    ), asked AS (
      INSERT INTO follow_requests (id, requester_id, target_id)
      SELECT ${v7()}::uuid, ${followerId}::uuid, ${followeeId}::uuid FROM target
      WHERE is_private AND NOT EXISTS (
        SELECT 1 FROM follows WHERE follower_id = ${followerId}::uuid AND followee_id = ${followeeId}::uuid
      )
      ON CONFLICT DO NOTHING RETURNING requester_id
    ), ${countPair(followerId, followeeId, 1, Prisma.sql`followed`)}
    SELECT is_private AS "isPrivate", EXISTS (SELECT 1 FROM followed) AS followed, EXISTS (SELECT 1 FROM asked) AS asked,
      EXISTS (
        SELECT 1 FROM follows WHERE follower_id = ${followerId}::uuid AND followee_id = ${followeeId}::uuid
      ) AS "wasFollowing"
    FROM target`,
  );
  if (!row) return undefined;
  const status = row.wasFollowing || !row.isPrivate ? 'following' : 'requested';
  return { status, isNew: row.followed || row.asked };
};

/**
 * Ends a follow, or takes back the wish for one. The end is noted for as long as feed cursors live, and older notes
 * are thrown away a hundred at a time.
 * @returns whether there was a follow.
 */
export const unfollow = async (db: Queryable, followerId: string, followeeId: string): Promise<boolean> => {
  const [row] = await db.$queryRaw<{ ended: boolean }[]>(Prisma.sql`
    WITH ${lockPair(followerId, followeeId)}, ended AS (
      DELETE FROM follows
      WHERE follower_id = ${followerId}::uuid AND followee_id = ${followeeId}::uuid
        AND (SELECT count(*) FROM locked) = 2
      RETURNING created_at
    ), noted AS (
      INSERT INTO ended_follows (follower_id, followee_id, started_at)
      SELECT ${followerId}::uuid, ${followeeId}::uuid, created_at FROM ended
    ), withdrawn AS (
      DELETE FROM follow_requests WHERE requester_id = ${followerId}::uuid AND target_id = ${followeeId}::uuid
    ), swept AS (
      DELETE FROM ended_follows WHERE id IN (
        SELECT id FROM ended_follows WHERE ended_at < now() - interval '25 hours'
        ORDER BY ended_at LIMIT 100 FOR UPDATE SKIP LOCKED
      )
    ), ${countPair(followerId, followeeId, -1, Prisma.sql`ended`)}
    SELECT EXISTS (SELECT 1 FROM ended) AS ended`);
  return row?.ended ?? false;
};

/** How `viewerId` stands to `userId`. */
export const findFollowStatus = async (db: Queryable, viewerId: string, userId: string): Promise<FollowStatus> => {
  const [row] = await db.$queryRaw<{ status: FollowStatus }[]>(Prisma.sql`
    SELECT CASE
      WHEN EXISTS (SELECT 1 FROM follows WHERE follower_id = ${viewerId}::uuid AND followee_id = ${userId}::uuid)
        THEN 'following'
      WHEN EXISTS (SELECT 1 FROM follow_requests WHERE requester_id = ${viewerId}::uuid AND target_id = ${userId}::uuid)
        THEN 'requested'
      ELSE 'none' END AS status`);
  return row?.status ?? 'none';
};

/** Who follows a user, the latest first: a batch of those that come after `since`. */
export const listFollowerIds = (
  db: Queryable,
  userId: string,
  since: { id: string; at: Date } | undefined,
  count: number,
): Promise<{ id: string; at: Date }[]> =>
  db.$queryRaw<{ id: string; at: Date }[]>(Prisma.sql`
    SELECT follower_id AS id, created_at AS at FROM follows
    WHERE followee_id = ${userId}::uuid AND ${
      since === undefined
        ? Prisma.sql`true`
        : Prisma.sql`(created_at, follower_id) < (${since.at}::timestamptz, ${since.id}::uuid)`
    }
    ORDER BY created_at DESC, follower_id DESC LIMIT ${count}::int`);
