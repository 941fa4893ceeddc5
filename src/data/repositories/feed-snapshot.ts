import type { Database } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import type { Snapshot } from './feed-rows.ts';

/**
 * A follow carries the moment its transaction began, and may become visible a little later. Follows are therefore taken
 * as of this long ago, when all that carry an older moment are in; what changed since is written down one by one.
 */
const SETTLED_AFTER_SECONDS = 5;
/** More changes than this in so short a time are a bulk load; they are not written down. Keeps cursors small. */
const MAX_CHANGES = 12;

interface Row {
  at: number;
  maxSeq: number;
  followsAt: number;
  followed: string[] | null;
  unfollowed: string[] | null;
}

/** What there is now, to page through: `viewerId` is who follows. */
export const takeSnapshot = async (db: Database, viewerId: string): Promise<Snapshot> => {
  const viewer = Prisma.sql`${viewerId}::uuid`;
  const settled = Prisma.sql`date_trunc('milliseconds', now() - make_interval(secs => ${SETTLED_AFTER_SECONDS}::float8))`;
  const [row] = await db.$queryRaw<Row[]>`
    SELECT coalesce((SELECT p.seq FROM posts p ORDER BY p.seq DESC LIMIT 1), 0)::float8 AS "maxSeq",
      round(date_part('epoch', now()) * 1000)::float8 AS at,
      ARRAY(SELECT f.followee_id::text FROM follows f
        WHERE f.follower_id = ${viewer} AND f.created_at > ${settled}
          AND NOT EXISTS (SELECT 1 FROM ended_follows e WHERE e.follower_id = ${viewer}
            AND e.followee_id = f.followee_id AND e.ended_at > ${settled}
            AND e.started_at <= ${settled})
        LIMIT ${MAX_CHANGES + 1}) AS followed,
      ARRAY(SELECT e.followee_id::text FROM ended_follows e
        WHERE e.follower_id = ${viewer} AND e.ended_at > ${settled}
          AND e.started_at <= ${settled}
          AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ${viewer} AND f.followee_id = e.followee_id)
        LIMIT ${MAX_CHANGES + 1}) AS unfollowed,
      round(date_part('epoch', ${settled}) * 1000)::float8 AS "followsAt"`;
  return snapshotOf(row);
};

const snapshotOf = (row: Row | undefined): Snapshot => {
  if (!row) throw new Error('the database answered no snapshot');
  const followed = row.followed ?? [];
  const unfollowed = row.unfollowed ?? [];
  const settled = followed.length + unfollowed.length <= MAX_CHANGES;
  return settled
    ? { at: row.at, maxSeq: row.maxSeq, followsAt: row.followsAt, followed, unfollowed }
    : { at: row.at, maxSeq: row.maxSeq, followsAt: row.at, followed: [], unfollowed: [] };
};
