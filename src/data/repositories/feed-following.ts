import type { Database } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { authorsFollowedThen, CANDIDATE, matching, notMuted, PLAYABLE, seqs } from './feed-conditions.ts';
import type { Candidate, FeedFilters, FeedPosition, Stretch } from './feed-rows.ts';

interface Row extends Candidate {
  hole: boolean;
}

/**
 * A filter may match next to nothing, and then every post of every author is looked at. That is fine for this many
 * authors; with more, a page goes no further down than this many posts, and the next one goes on from there.
 */
const FEW_AUTHORS = 200;
const SCAN_SPAN = 20_000;

/** What of a followed author `a` the viewer may see. */
const VISIBLE = Prisma.sql`${PLAYABLE} AND (p.listed OR a.own OR (a.still AND p.visibility <> 'private'))`;

/**
 * The next `window` posts of the people followed when the snapshot was taken, and of the viewer, newest first.
 *
 * Reads one index entry per author to find who has the newest posts, then only those authors' posts down to the
 * window's end; so an author with a million posts costs no more than one with ten.
 */
export const followingStretch = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  window: number,
  offset = 0,
): Promise<Stretch> => {
  const { mark, holes } = position.followed;
  const below = Math.max(0, window - holes.length);
  const reach = offset + below + 1;
  const unseen = Prisma.sql`p.seq < ${mark}::bigint AND p.seq <> ALL(${seqs(position.extras)})
    AND ${VISIBLE} AND ${matching(filters)}`;
  const bounded = Object.values(filters).some((filter) => filter !== undefined);
  const span = bounded ? Prisma.sql`${Math.max(0, mark - SCAN_SPAN)}::bigint` : Prisma.sql`0::bigint`;
  const rows = await db.$queryRaw<(Row & { floor: number })[]>`
    WITH authors AS MATERIALIZED (${authorsFollowedThen(viewerId, position.snapshot)}),
    bottom AS MATERIALIZED (
      SELECT CASE WHEN count(*) > ${FEW_AUTHORS} THEN ${span} ELSE 0 END AS floor FROM authors),
    heads AS MATERIALIZED (
      SELECT a.author, a.still, a.own, h.seq FROM authors a
        CROSS JOIN LATERAL (
          SELECT p.seq FROM posts p
            WHERE p.user_id = a.author AND p.seq >= (SELECT b.floor FROM bottom b) AND ${unseen}
            ORDER BY p.seq DESC LIMIT 1) h
        WHERE ${notMuted(viewerId, Prisma.sql`a.author`)}
        ORDER BY h.seq DESC LIMIT ${reach}),
    reached AS MATERIALIZED (
      SELECT CASE WHEN count(*) >= ${reach} THEN min(h.seq) ELSE (SELECT b.floor FROM bottom b) END AS seq FROM heads h),
    stretch AS (
      (SELECT b.id, false AS hole FROM heads a
        CROSS JOIN LATERAL (
          SELECT p.id, p.seq FROM posts p
            WHERE p.user_id = a.author AND p.seq >= (SELECT r.seq FROM reached r) AND ${unseen}
            ORDER BY p.seq DESC LIMIT ${reach}) b
        ORDER BY b.seq DESC LIMIT ${below + 1} OFFSET ${offset})
      UNION ALL
      (SELECT p.id, true FROM authors a JOIN posts p ON p.user_id = a.author
        WHERE p.seq = ANY(${seqs(holes)}) AND ${VISIBLE} AND ${notMuted(viewerId, Prisma.sql`a.author`)}))
    SELECT ${CANDIDATE}, true AS followed, s.hole, b.floor::float8 AS floor
      FROM posts p JOIN stretch s ON s.id = p.id RIGHT JOIN bottom b ON true ORDER BY p.seq DESC`;
  // There is a row even when there is no post: the one that says how far down was looked.
  return stretchOf(
    rows.filter((row) => row.id !== null),
    below,
    rows[0]?.floor ?? 0,
    mark,
  );
};

/**
 * Splits rows into what fits and the one more that says whether there is any.
 * @param floor where the query stopped looking.
 */
export const stretchOf = (rows: Row[], below: number, floor: number, mark: number): Stretch => {
  const fresh = rows.filter((row) => !row.hole);
  const more = fresh.length > below;
  const taken = fresh.slice(0, below);
  const last = taken.at(-1)?.seq ?? mark;
  return {
    posts: [...rows.filter((row) => row.hole), ...taken].map(candidateOf),
    mark: more ? last : floor,
    more: more || floor > 0,
  };
};

const candidateOf = ({ id, seq, userId, createdAt, likeCount, playCount, followed }: Row): Candidate => ({
  id,
  seq,
  userId,
  createdAt,
  likeCount,
  playCount,
  followed,
});
