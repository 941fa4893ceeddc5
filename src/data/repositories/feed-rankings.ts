import type { Database } from '../database.ts';
import { ask, prepareSizes } from '../prepared.ts';
import type { Candidate, FeedFilters, FeedPosition } from './feed-rows.ts';
import {
  CANDIDATE,
  type CandidateRow,
  candidateOf,
  followedThen,
  isFiltered,
  MATCHING,
  notMuted,
  positionValues,
} from './feed-text.ts';

/** `x.followed` says which stream the post is in; joined after the table so that it is computed once a row. */
const STREAM = `CROSS JOIN LATERAL (SELECT ${followedThen('p.user_id')} AS followed OFFSET 0) x`;

/**
 * The post of a ranking, looked up by its id. As a plain join it was now and then made by reading all posts: the rankings
 * are rewritten every minute, so what the server knows of their size is old.
 */
const postOf = (id: string): string => `CROSS JOIN LATERAL (SELECT q.* FROM posts q WHERE q.id = ${id} OFFSET 0) p`;

/** In public listings when the snapshot was taken, and not shown by an earlier page of it. */
const UNSEEN = `p.listed AND p.seq <= (SELECT @maxSeq::bigint) AND ${notMuted('p.user_id')} AND p.seq <> ALL(@extras::bigint[])
    AND CASE WHEN x.followed
      THEN p.seq < (SELECT @followedMark::bigint) OR p.seq = ANY(@followedHoles::bigint[])
      ELSE p.seq < (SELECT @othersMark::bigint) OR p.seq = ANY(@othersHoles::bigint[]) END`;

const values = (viewerId: string, position: FeedPosition, filters: FeedFilters) => ({
  ...positionValues(viewerId, position, filters),
  maxSeq: position.snapshot.maxSeq,
  followedMark: position.followed.mark,
  followedHoles: position.followed.holes,
  othersMark: position.others.mark,
  othersHoles: position.others.holes,
});

const trending = (name: string | undefined, matching: string) =>
  prepareSizes<CandidateRow>(
    name,
    (size) => `SELECT ${CANDIDATE}, x.followed
      FROM trending_posts t ${postOf('t.post_id')} ${STREAM}
      WHERE t.run_id = (SELECT r.id FROM trending_runs r ORDER BY r.id DESC LIMIT 1)
        AND ${UNSEEN} AND ${matching}
      ORDER BY t.rank LIMIT ${size}`,
  );

const TRENDING = trending('feed_trending', 'true');
const TRENDING_FILTERED = trending(undefined, MATCHING);

/** The highest ranked posts of the newest trending ranking that the viewer has not been shown. */
export const trendingCandidates = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  limit: number,
): Promise<Candidate[]> => {
  const sized = isFiltered(filters) ? TRENDING_FILTERED : TRENDING;
  const rows = await ask(db, sized(limit), values(viewerId, position, filters));
  return rows.slice(0, limit).map(candidateOf);
};

/** How many of a user's favourite genres count. */
const FAVOURITE_GENRES = 3;

const genres = (name: string | undefined, matching: string) =>
  prepareSizes<[...CandidateRow, genre: string]>(
    name,
    (size) => `SELECT ${CANDIDATE}, x.followed, g.genre
      FROM genre_rankings g
      JOIN (SELECT u.genre, u.weight FROM user_genres u WHERE u.user_id = @viewer::uuid AND u.weight > 0
        ORDER BY u.weight DESC, u.genre LIMIT ${FAVOURITE_GENRES}) favourite ON favourite.genre = g.genre
      ${postOf('g.post_id')} ${STREAM}
      WHERE p.user_id <> @viewer::uuid AND ${UNSEEN} AND ${matching}
      ORDER BY g.rank, favourite.weight DESC, g.genre LIMIT ${size}`,
  );

const GENRES = genres('feed_genres', 'true');
const GENRES_FILTERED = genres(undefined, MATCHING);

/** The most popular posts in the genres that the viewer likes and plays most, by others, with the genre they lead. */
export const genreCandidates = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  limit: number,
): Promise<(Candidate & { genre: string })[]> => {
  const sized = isFiltered(filters) ? GENRES_FILTERED : GENRES;
  const rows = await ask(db, sized(limit), values(viewerId, position, filters));
  return rows.slice(0, limit).map((row) => ({ ...candidateOf(row), genre: row[6] }));
};
