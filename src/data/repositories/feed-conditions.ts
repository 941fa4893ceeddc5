import { Prisma } from '../prisma/client.ts';
import type { FeedFilters, Snapshot } from './feed-rows.ts';

/**
 * Conditions on a post `p` that the queries of the feed share. Authors are always joined or probed by an index; none of
 * these can make a query read a table from end to end.
 */

/** A moment in milliseconds, as the database's type. */
export const moment = (milliseconds: number): Prisma.Sql =>
  Prisma.sql`${new Date(milliseconds).toISOString()}::timestamptz`;

export const uuids = (ids: readonly string[]): Prisma.Sql => Prisma.sql`${[...ids]}::uuid[]`;
export const seqs = (values: readonly number[]): Prisma.Sql => Prisma.sql`${[...values]}::bigint[]`;

/** Columns of a Candidate, all but `followed`. `date_part` and not `extract`, whose FROM would pass for a table's. */
export const CANDIDATE = Prisma.sql`p.id, p.seq::float8 AS seq, p.user_id AS "userId",
  round(date_part('epoch', p.created_at) * 1000)::float8 AS "createdAt",
  p.like_count AS "likeCount", p.play_count AS "playCount"`;

export const matching = (filters: FeedFilters): Prisma.Sql => {
  const conditions = [Prisma.sql`true`];
  if (filters.genre !== undefined) conditions.push(Prisma.sql`p.genre @> ARRAY[${filters.genre}]::text[]`);
  if (filters.keys !== undefined) conditions.push(Prisma.sql`p.key = ANY(${[...filters.keys]}::text[])`);
  if (filters.daw !== undefined) conditions.push(Prisma.sql`lower(p.daw) = lower(${filters.daw})`);
  if (filters.bpmMin !== undefined) conditions.push(Prisma.sql`p.bpm >= ${filters.bpmMin}::float8`);
  if (filters.bpmMax !== undefined) conditions.push(Prisma.sql`p.bpm <= ${filters.bpmMax}::float8`);
  return Prisma.join(conditions, ' AND ');
};

/** `author` is not muted by the viewer. Nobody is muted by someone who is not signed in. */
export const notMuted = (viewerId: string | undefined, author: Prisma.Sql): Prisma.Sql =>
  viewerId === undefined
    ? Prisma.sql`true`
    : Prisma.sql`NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = ${viewerId}::uuid AND m.muted_id = ${author})`;

/** The viewer follows `author` now. */
export const followsNow = (viewerId: string, author: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`EXISTS (SELECT 1 FROM follows c WHERE c.follower_id = ${viewerId}::uuid AND c.followee_id = ${author})`;

/** Playable and there, whoever may see it. */
export const PLAYABLE = Prisma.sql`(p.deleted_at IS NULL AND p.archived_at IS NULL AND p.audio_status = 'ready')`;

/**
 * The viewer followed `author`, or is `author`, when the snapshot was taken. Follows that came later or ended since do
 * not count, so a post stays in the stream it was in while a client pages.
 */
export const followedThen = (viewerId: string, snapshot: Snapshot, author: Prisma.Sql): Prisma.Sql => {
  const then = moment(snapshot.followsAt);
  return Prisma.sql`(${author} = ${viewerId}::uuid OR ${author} = ANY(${uuids(snapshot.followed)}) OR (
    ${author} <> ALL(${uuids(snapshot.unfollowed)}) AND (
      EXISTS (SELECT 1 FROM follows f
        WHERE f.follower_id = ${viewerId}::uuid AND f.followee_id = ${author} AND f.created_at <= ${then})
      OR EXISTS (SELECT 1 FROM ended_follows e
        WHERE e.follower_id = ${viewerId}::uuid AND e.ended_at > ${then} AND e.followee_id = ${author}
          AND e.started_at <= ${then}))))`;
};

/** All whom the viewer followed when the snapshot was taken, and the viewer: `author`, `still` (follows now), `own`. */
export const authorsFollowedThen = (viewerId: string, snapshot: Snapshot): Prisma.Sql => {
  const then = moment(snapshot.followsAt);
  const viewer = Prisma.sql`${viewerId}::uuid`;
  return Prisma.sql`
    SELECT f.followee_id AS author, true AS still, false AS own FROM follows f
      WHERE f.follower_id = ${viewer} AND f.created_at <= ${then}
        AND f.followee_id <> ALL(${uuids(snapshot.unfollowed)})
    UNION ALL
    SELECT e.followee_id, ${followsNow(viewerId, Prisma.sql`e.followee_id`)}, false FROM ended_follows e
      WHERE e.follower_id = ${viewer} AND e.ended_at > ${then} AND e.started_at <= ${then}
        AND e.followee_id <> ALL(${uuids(snapshot.unfollowed)})
    UNION ALL
    SELECT r.author, ${followsNow(viewerId, Prisma.sql`r.author`)}, false
      FROM unnest(${uuids(snapshot.followed)}) AS r(author)
    UNION ALL
    SELECT ${viewer}, true, true`;
};
