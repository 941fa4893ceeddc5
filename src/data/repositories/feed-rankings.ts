import type { Database } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { CANDIDATE, followedThen, matching, notMuted, seqs } from './feed-conditions.ts';
import type { Candidate, FeedFilters, FeedPosition } from './feed-rows.ts';

/** `x.followed` says which stream the post is in; joined after the table so that it is computed once a row. */
const stream = (viewerId: string, position: FeedPosition): Prisma.Sql =>
  Prisma.sql`CROSS JOIN LATERAL (
    SELECT ${followedThen(viewerId, position.snapshot, Prisma.sql`p.user_id`)} AS followed OFFSET 0) x`;

/** In public listings when the snapshot was taken, and not shown by an earlier page of it. */
const unseen = (viewerId: string, { snapshot, followed, others, extras }: FeedPosition, filters: FeedFilters) =>
  Prisma.sql`p.listed AND p.seq <= ${snapshot.maxSeq}::bigint AND ${notMuted(viewerId, Prisma.sql`p.user_id`)}
    AND p.seq <> ALL(${seqs(extras)}) AND ${matching(filters)}
    AND CASE WHEN x.followed
      THEN p.seq < ${followed.mark}::bigint OR p.seq = ANY(${seqs(followed.holes)})
      ELSE p.seq < ${others.mark}::bigint OR p.seq = ANY(${seqs(others.holes)}) END`;

/** The highest ranked posts of the newest trending ranking that the viewer has not been shown. */
export const trendingCandidates = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  limit: number,
): Promise<Candidate[]> =>
  await db.$queryRaw<Candidate[]>`
    SELECT ${CANDIDATE}, x.followed
      FROM trending_posts t JOIN posts p ON p.id = t.post_id ${stream(viewerId, position)}
      WHERE t.run_id = (SELECT r.id FROM trending_runs r ORDER BY r.id DESC LIMIT 1)
        AND ${unseen(viewerId, position, filters)}
      ORDER BY t.rank LIMIT ${limit}`;

/** How many of a user's favourite genres count. */
const FAVOURITE_GENRES = 3;

/** The most popular posts in the genres that the viewer likes and plays most, by others, with the genre they lead. */
export const genreCandidates = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  limit: number,
): Promise<(Candidate & { genre: string })[]> =>
  await db.$queryRaw<(Candidate & { genre: string })[]>`
    SELECT ${CANDIDATE}, x.followed, g.genre
      FROM genre_rankings g
      JOIN (SELECT u.genre, u.weight FROM user_genres u WHERE u.user_id = ${viewerId}::uuid AND u.weight > 0
        ORDER BY u.weight DESC, u.genre LIMIT ${FAVOURITE_GENRES}) favourite ON favourite.genre = g.genre
      JOIN posts p ON p.id = g.post_id AND p.user_id <> ${viewerId}::uuid ${stream(viewerId, position)}
      WHERE ${unseen(viewerId, position, filters)}
      ORDER BY g.rank, favourite.weight DESC, g.genre LIMIT ${limit}`;
