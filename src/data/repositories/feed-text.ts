import type { Value } from '../prepared.ts';
import type { Candidate, FeedFilters, FeedPosition, Snapshot } from './feed-rows.ts';

/**
 * Text that the statements of the feed share: conditions on a post `p`. Authors are always joined or probed by an index;
 * none of these can make a query read a table from end to end.
 */

/** Playable and there, whoever may see it. */
export const PLAYABLE = `(p.deleted_at IS NULL AND p.archived_at IS NULL AND p.audio_status = 'ready')`;

/** Columns of a CandidateRow, all but `followed`. `date_part` and not `extract`, whose FROM would pass for a table's. */
export const CANDIDATE = `p.id, p.seq::float8 AS seq, round(date_part('epoch', p.created_at) * 1000)::float8 AS created_at,
  p.like_count, p.play_count`;

export type CandidateRow = [
  id: string,
  seq: number,
  createdAt: number,
  likeCount: number,
  playCount: number,
  followed: boolean,
];

export const candidateOf = (row: readonly [...CandidateRow, ...unknown[]]): Candidate => ({
  id: row[0],
  seq: row[1],
  createdAt: row[2],
  likeCount: row[3],
  playCount: row[4],
  followed: row[5],
});

/** What the filters ask for; those that are not given are null. */
export const MATCHING = `(@genre::text IS NULL OR p.genre @> ARRAY[@genre::text])
    AND (@keys::text[] IS NULL OR p.key = ANY(@keys::text[])) AND (@daw::text IS NULL OR lower(p.daw) = lower(@daw::text))
    AND (@bpmMin::float8 IS NULL OR p.bpm >= @bpmMin::float8) AND (@bpmMax::float8 IS NULL OR p.bpm <= @bpmMax::float8)`;

export const isFiltered = (filters: FeedFilters): boolean =>
  Object.values(filters).some((filter) => filter !== undefined);

export const filterValues = (filters: FeedFilters) => ({
  genre: filters.genre ?? null,
  keys: filters.keys ?? null,
  daw: filters.daw ?? null,
  bpmMin: filters.bpmMin ?? null,
  bpmMax: filters.bpmMax ?? null,
});

/** `author` is not muted by the viewer. Nobody is muted by someone who is not signed in (null). */
export const notMuted = (author: string): string =>
  `NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = @viewer::uuid AND m.muted_id = ${author})`;

/** The viewer follows `author` now. OFFSET makes it a look at one index entry, where all follows would be read otherwise. */
export const followsNow = (author: string): string =>
  `EXISTS (SELECT 1 FROM follows c WHERE c.follower_id = @viewer::uuid AND c.followee_id = ${author} OFFSET 0)`;

/**
 * The viewer followed `author`, or is `author`, when the snapshot was taken. Follows that came later or ended since do
 * not count, so a post stays in the stream it was in while a client pages.
 */
export const followedThen = (author: string): string =>
  `(${author} = @viewer::uuid OR ${author} = ANY(@followed::uuid[]) OR (
    ${author} <> ALL(@unfollowed::uuid[]) AND (
      EXISTS (SELECT 1 FROM follows f
        WHERE f.follower_id = @viewer::uuid AND f.followee_id = ${author} AND f.created_at <= @asOf::timestamptz)
      OR EXISTS (SELECT 1 FROM ended_follows e
        WHERE e.follower_id = @viewer::uuid AND e.ended_at > @asOf::timestamptz AND e.followee_id = ${author}
          AND e.started_at <= @asOf::timestamptz))))`;

/** All whom the viewer followed when the snapshot was taken, and the viewer: `author`, `still` (follows now), `own`. */
export const AUTHORS_FOLLOWED_THEN = `
    SELECT f.followee_id AS author, true AS still, false AS own FROM follows f
      WHERE f.follower_id = @viewer::uuid AND f.created_at <= @asOf::timestamptz
        AND f.followee_id <> ALL(@unfollowed::uuid[])
    UNION ALL
    SELECT e.followee_id, ${followsNow('e.followee_id')}, false FROM ended_follows e
      WHERE e.follower_id = @viewer::uuid AND e.ended_at > @asOf::timestamptz AND e.started_at <= @asOf::timestamptz
        AND e.followee_id <> ALL(@unfollowed::uuid[])
    UNION ALL
    SELECT r.author, ${followsNow('r.author')}, false FROM unnest(@followed::uuid[]) AS r(author)
    UNION ALL
    SELECT @viewer::uuid, true, true`;

/** The parameters of `followedThen` and AUTHORS_FOLLOWED_THEN. */
export const snapshotValues = (viewerId: string, { followsAt, followed, unfollowed }: Snapshot) => ({
  viewer: viewerId,
  asOf: new Date(followsAt).toISOString(),
  followed,
  unfollowed,
});

/** All parameters that the queries of the unified feed share. */
export const positionValues = (
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
): Record<string, Value> => ({
  ...snapshotValues(viewerId, position.snapshot),
  ...filterValues(filters),
  extras: position.extras,
});
