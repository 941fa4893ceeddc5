import type { Database } from '../database.ts';
import { ask, prepare } from '../prepared.ts';
import type { Snapshot } from './feed-rows.ts';

/**
 * A follow carries the moment its transaction began, and may become visible a little later. Follows are therefore taken
 * as of this long ago, when all that carry an older moment are in; what changed since is written down one by one.
 */
const SETTLED_AFTER_SECONDS = 5;
/** More changes than this in so short a time are a bulk load; they are not written down. Keeps cursors small. */
const MAX_CHANGES = 12;

type Row = [at: number, maxSeq: number, followsAt: number, followed: string[] | null, unfollowed: string[] | null];

const SETTLED = `date_trunc('milliseconds', now() - make_interval(secs => ${SETTLED_AFTER_SECONDS}))`;

const SNAPSHOT = prepare<Row>(
  'feed_snapshot',
  `SELECT round(date_part('epoch', now()) * 1000)::float8 AS at,
      coalesce((SELECT p.seq FROM posts p ORDER BY p.seq DESC LIMIT 1), 0)::float8 AS max_seq,
      round(date_part('epoch', ${SETTLED}) * 1000)::float8 AS follows_at,
      ARRAY(SELECT f.followee_id::text FROM follows f
        WHERE f.follower_id = @viewer::uuid AND f.created_at > ${SETTLED}
          AND NOT EXISTS (SELECT 1 FROM ended_follows e WHERE e.follower_id = @viewer::uuid
            AND e.followee_id = f.followee_id AND e.ended_at > ${SETTLED}
            AND e.started_at <= ${SETTLED})
        LIMIT ${MAX_CHANGES + 1}) AS followed,
      ARRAY(SELECT e.followee_id::text FROM ended_follows e
        WHERE e.follower_id = @viewer::uuid AND e.ended_at > ${SETTLED}
          AND e.started_at <= ${SETTLED}
          AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = @viewer::uuid AND f.followee_id = e.followee_id)
        LIMIT ${MAX_CHANGES + 1}) AS unfollowed`,
);

/** What there is now, to page through: `viewerId` is who follows. */
export const takeSnapshot = async (db: Database, viewerId: string): Promise<Snapshot> => {
  const [row] = await ask(db, SNAPSHOT, { viewer: viewerId });
  if (!row) throw new Error('the database answered no snapshot');
  return snapshotOf(row);
};

const snapshotOf = ([at, maxSeq, followsAt, begun, ended]: Row): Snapshot => {
  const followed = begun ?? [];
  const unfollowed = ended ?? [];
  const settled = followed.length + unfollowed.length <= MAX_CHANGES;
  return settled
    ? { at, maxSeq, followsAt, followed, unfollowed }
    : { at, maxSeq, followsAt: at, followed: [], unfollowed: [] };
};
