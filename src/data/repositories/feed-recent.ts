import type { Database } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { CANDIDATE, followedThen, matching, notMuted, seqs } from './feed-conditions.ts';
import { stretchOf } from './feed-following.ts';
import type { Candidate, FeedFilters, FeedPosition, Stretch } from './feed-rows.ts';

/**
 * How many posts one query looks at, at most, for the few that it wants. Bounds the time that a rare filter, or
 * following nearly everyone, can cost; the next page goes on from where this one stopped.
 */
const SCAN_SPAN = 20_000;

/** The next `window` posts in public listings by people not followed when the snapshot was taken, newest first. */
export const recentStretch = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  window: number,
): Promise<Stretch> => {
  const { mark, holes } = position.others;
  const below = Math.max(0, window - holes.length);
  const floor = Math.max(0, mark - SCAN_SPAN);
  const author = Prisma.sql`p.user_id`;
  const others = Prisma.sql`p.listed AND ${notMuted(viewerId, author)}
    AND NOT ${followedThen(viewerId, position.snapshot, author)}`;
  const rows = await db.$queryRaw<(Candidate & { hole: boolean })[]>`
    (SELECT ${CANDIDATE}, false AS followed, false AS hole FROM posts p
      WHERE p.seq < ${mark}::bigint AND p.seq >= ${floor}::bigint AND p.seq <> ALL(${seqs(position.extras)})
        AND ${others} AND ${matching(filters)}
      ORDER BY p.seq DESC LIMIT ${below + 1})
    UNION ALL
    (SELECT ${CANDIDATE}, false, true FROM posts p WHERE p.seq = ANY(${seqs(holes)}) AND ${others})`;
  return stretchOf(rows, below, floor, mark);
};
