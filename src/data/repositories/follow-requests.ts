import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { requestsOf } from './follows.ts';
import { type SummaryRow, summaryColumns } from './users-lists.ts';

export interface FollowRequestRow extends SummaryRow {
  requestId: string;
  requestedAt: Date;
}

/** Requests to `targetId` that wait, newest first. */
export const listFollowRequests = (
  db: Queryable,
  targetId: string,
  before: string | undefined,
  count: number,
): Promise<FollowRequestRow[]> =>
  db.$queryRaw<FollowRequestRow[]>(Prisma.sql`
    SELECT ${summaryColumns(targetId)}, r.id AS "requestId", r.created_at AS "requestedAt"
    FROM follow_requests r JOIN users u ON u.id = r.requester_id
    WHERE r.target_id = ${targetId}::uuid ${before === undefined ? Prisma.empty : Prisma.sql`AND r.id < ${before}::uuid`}
      AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = r.requester_id AND f.followee_id = r.target_id)
    ORDER BY r.id DESC LIMIT ${count}`);

/**
 * Turns a request into a follow.
 * @returns who asked, or undefined when `targetId` has no such request (any more).
 */
export const acceptFollowRequest = async (
  db: Queryable,
  targetId: string,
  requestId: string,
): Promise<string | undefined> => {
  const [row] = await db.$queryRaw<{ requesterId: string }[]>(Prisma.sql`
    WITH asked AS MATERIALIZED (
      SELECT requester_id FROM follow_requests WHERE id = ${requestId}::uuid AND target_id = ${targetId}::uuid
    ), locked AS MATERIALIZED (
      SELECT id FROM users WHERE id = ${targetId}::uuid OR id = (SELECT requester_id FROM asked)
      ORDER BY id FOR NO KEY UPDATE
    ), taken AS (
      DELETE FROM follow_requests
      WHERE id = ${requestId}::uuid AND target_id = ${targetId}::uuid AND (SELECT count(*) FROM locked) = 2
      RETURNING requester_id
    ), followed AS (
      INSERT INTO follows (follower_id, followee_id) SELECT requester_id, ${targetId}::uuid FROM taken
      ON CONFLICT DO NOTHING RETURNING follower_id
    ), counted AS (
      UPDATE users SET
        following_count = following_count + CASE WHEN id = ${targetId}::uuid THEN 0 ELSE 1 END,
        follower_count = follower_count + CASE WHEN id = ${targetId}::uuid THEN 1 ELSE 0 END
      WHERE (id = ${targetId}::uuid OR id = (SELECT requester_id FROM asked)) AND EXISTS (SELECT 1 FROM followed)
    )
    SELECT requester_id AS "requesterId" FROM taken`);
  return row?.requesterId;
};

/** @returns who asked, or undefined when `targetId` has no such request (any more). */
export const deleteFollowRequest = async (
  db: Queryable,
  targetId: string,
  requestId: string,
): Promise<string | undefined> => {
  const [row] = await db.$queryRaw<{ requesterId: string }[]>(Prisma.sql`
    DELETE FROM follow_requests WHERE id = ${requestId}::uuid AND target_id = ${targetId}::uuid
    RETURNING requester_id AS "requesterId"`);
  return row?.requesterId;
};

/** Locks an account and all who ask to follow it, in the order of their ids, until the transaction ends. */
export const lockWithRequesters = async (db: Queryable, targetId: string): Promise<void> => {
  // First, and in a statement of its own: from then on nobody asks, and the next one sees all who did.
  await db.$executeRaw(Prisma.sql`SELECT pg_advisory_xact_lock(${requestsOf(targetId)})`);
  await db.$executeRaw(Prisma.sql`
    SELECT id FROM users
    WHERE id = ${targetId}::uuid OR id IN (SELECT requester_id FROM follow_requests WHERE target_id = ${targetId}::uuid)
    ORDER BY id FOR NO KEY UPDATE`);
};

/**
 * Accepts all that wait: what an account that becomes public means to those who asked.
 * @returns who follows now.
 */
export const acceptAllFollowRequests = async (db: Queryable, targetId: string): Promise<string[]> => {
  const rows = await db.$queryRaw<{ requesterId: string }[]>(Prisma.sql`
    WITH taken AS (
      DELETE FROM follow_requests WHERE target_id = ${targetId}::uuid RETURNING requester_id
    ), followed AS (
      INSERT INTO follows (follower_id, followee_id) SELECT requester_id, ${targetId}::uuid FROM taken
      ON CONFLICT DO NOTHING RETURNING follower_id
    ), following AS (
      UPDATE users SET following_count = following_count + 1 WHERE id IN (SELECT follower_id FROM followed)
    ), followers AS (
      UPDATE users SET follower_count = follower_count + (SELECT count(*) FROM followed)::int
      WHERE id = ${targetId}::uuid AND EXISTS (SELECT 1 FROM followed)
    )
    SELECT follower_id AS "requesterId" FROM followed`);
  return rows.map((row) => row.requesterId);
};
