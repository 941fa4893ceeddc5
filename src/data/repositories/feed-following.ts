import type { Database } from '../database.ts';
import { ask, prepareSizes } from '../prepared.ts';
import type { FeedFilters, FeedPosition, Stretch } from './feed-rows.ts';
import { type StretchRow, stretchOf } from './feed-stretch.ts';
import {
  AUTHORS_FOLLOWED_THEN,
  CANDIDATE,
  followedThen,
  followsNow,
  isFiltered,
  MATCHING,
  notMuted,
  PLAYABLE,
  positionValues,
} from './feed-text.ts';

/**
 * A filter may match next to nothing, and then every post of every author is looked at. That is fine for this many
 * authors; with more, a page goes no further down than this many posts, and the next one goes on from there.
 */
const FEW_AUTHORS = 200;
const SCAN_SPAN = 20_000;

/**
 * Whoever follows many finds enough among the newest posts of all. That is tried first by whoever follows at least so
 * many, and for so many posts for each of them: no more than looking at each author would cost.
 */
const MANY_FOLLOWS = 1000;
const POSTS_PER_FOLLOW = 4;

const SEEN_BEFORE = 'p.seq < @mark::bigint AND p.seq <> ALL(@extras::bigint[])';
/** What of a followed author `a` the viewer may see. */
const VISIBLE = `${PLAYABLE} AND (p.listed OR a.own OR (a.still AND p.visibility <> 'private'))`;
/** The same of a post whose author is not known to be followed. */
const VISIBLE_AND_FOLLOWED = `${PLAYABLE} AND ${followedThen('p.user_id')} AND ${notMuted('p.user_id')}
        AND (p.listed OR p.user_id = @viewer::uuid OR (p.visibility <> 'private' AND ${followsNow('p.user_id')}))`;

/**
 * `near` looks at the newest posts, and takes those by people who are followed. Where that is not enough, `heads` reads
 * one index entry per author to find who has the newest posts, and `stretch` only those authors' posts down to the
 * window's end; so an author with a million posts costs no more than one with ten.
 */
const statement = (name: string | undefined, matching: string, floor: string) =>
  prepareSizes<[...StretchRow, floor: number]>(
    name,
    (size) => `WITH near AS MATERIALIZED (
      SELECT ${CANDIDATE} FROM posts p
        WHERE p.seq < @mark::bigint AND p.seq <> ALL(@extras::bigint[]) AND p.seq >= (
            SELECT CASE WHEN u.following_count < ${MANY_FOLLOWS} THEN @mark::bigint
              ELSE @mark::bigint - ${POSTS_PER_FOLLOW} * u.following_count END FROM users u WHERE u.id = @viewer::uuid)
          AND ${VISIBLE_AND_FOLLOWED} AND ${matching}
        ORDER BY p.seq DESC LIMIT ${size}),
    found AS MATERIALIZED (SELECT count(*) >= ${size} AS enough FROM near),
    authors AS MATERIALIZED (
      SELECT a.* FROM (${AUTHORS_FOLLOWED_THEN}) a
        WHERE NOT (SELECT f.enough FROM found f) AND ${notMuted('a.author')}),
    bottom AS MATERIALIZED (${floor}),
    heads AS MATERIALIZED (
      SELECT a.author, a.still, a.own, h.seq FROM authors a
        CROSS JOIN LATERAL (
          SELECT p.seq FROM posts p
            WHERE p.user_id = a.author AND p.seq >= (SELECT b.floor FROM bottom b)
              AND ${SEEN_BEFORE} AND ${VISIBLE} AND ${matching}
            ORDER BY p.seq DESC LIMIT 1) h
        ORDER BY h.seq DESC LIMIT ${size}),
    reached AS MATERIALIZED (
      SELECT CASE WHEN count(*) >= ${size} THEN min(h.seq) ELSE (SELECT b.floor FROM bottom b) END AS seq
        FROM heads h),
    stretch AS (
      (SELECT n.*, false AS hole FROM near n WHERE (SELECT f.enough FROM found f))
      UNION ALL
      (SELECT b.*, false FROM heads a
        CROSS JOIN LATERAL (
          SELECT ${CANDIDATE} FROM posts p
            WHERE p.user_id = a.author AND p.seq >= (SELECT r.seq FROM reached r)
              AND ${SEEN_BEFORE} AND ${VISIBLE} AND ${matching}
            ORDER BY p.seq DESC LIMIT ${size}) b
        ORDER BY b.seq DESC LIMIT ${size})
      UNION ALL
      (SELECT ${CANDIDATE}, true FROM posts p WHERE p.seq = ANY(@holes::bigint[]) AND ${VISIBLE_AND_FOLLOWED}))
    SELECT s.id, s.seq, s.created_at, s.like_count, s.play_count, true AS followed, s.hole, b.floor::float8 AS floor
      FROM bottom b LEFT JOIN stretch s ON true ORDER BY s.seq DESC`,
  );

const FOLLOWING = statement('feed_following', 'true', 'SELECT 0::bigint AS floor');
const FOLLOWING_FILTERED = statement(
  undefined,
  MATCHING,
  `SELECT CASE WHEN count(*) > ${FEW_AUTHORS} THEN @floor::bigint ELSE 0 END AS floor FROM authors`,
);

/** The next `window` posts of the people followed when the snapshot was taken, and of the viewer, newest first. */
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
  const sized = isFiltered(filters) ? FOLLOWING_FILTERED : FOLLOWING;
  const rows = await ask(db, sized(offset + below + 1), {
    ...positionValues(viewerId, position, filters),
    mark,
    holes,
    floor: Math.max(0, mark - SCAN_SPAN),
  });
  // There is a row even when there is no post: the one that says how far down was looked.
  const posts = rows.filter((row) => row[0] !== null) as unknown as StretchRow[];
  return stretchOf(posts, offset, below, rows[0]?.[7] ?? 0, mark);
};
