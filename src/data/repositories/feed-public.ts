import type { Database } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { CANDIDATE, matching, notMuted } from './feed-conditions.ts';
import type { Candidate, FeedFilters } from './feed-rows.ts';

interface PublicPage {
  filters: FeedFilters;
  limit: number;
  offset: number;
}

/** Posts in public listings published before the post with seq `before`, newest first, without people the viewer muted. */
export const listedPosts = async (
  db: Database,
  viewerId: string | undefined,
  { before, filters, limit, offset }: PublicPage & { before: number | undefined },
): Promise<Candidate[]> =>
  await db.$queryRaw<Candidate[]>`
    SELECT ${CANDIDATE}, false AS followed FROM posts p
      WHERE p.listed AND ${before === undefined ? Prisma.sql`true` : Prisma.sql`p.seq < ${before}::bigint`}
        AND ${notMuted(viewerId, Prisma.sql`p.user_id`)} AND ${matching(filters)}
      ORDER BY p.seq DESC LIMIT ${limit} OFFSET ${offset}`;

export interface TrendingPage {
  run: number;
  posts: { id: string; rank: number; score: number }[];
}

/**
 * What follows rank `after` in a run of the trending ranking, or in the newest run.
 * @returns undefined when there is no such run.
 */
export const rankedPosts = async (
  db: Database,
  viewerId: string | undefined,
  { run, after, filters, limit, offset }: PublicPage & { run: number | undefined; after: number },
): Promise<TrendingPage | undefined> => {
  const newest = Prisma.sql`(SELECT n.id FROM trending_runs n ORDER BY n.id DESC LIMIT 1)`;
  const rows = await db.$queryRaw<{ run: number; id: string | null; rank: number; score: number }[]>`
    SELECT r.id AS run, ranked.id, ranked.rank, ranked.score FROM trending_runs r
      LEFT JOIN LATERAL (
        SELECT p.id, t.rank, t.score FROM trending_posts t JOIN posts p ON p.id = t.post_id
          WHERE t.run_id = r.id AND t.rank > ${after} AND p.listed
            AND ${notMuted(viewerId, Prisma.sql`p.user_id`)} AND ${matching(filters)}
          ORDER BY t.rank LIMIT ${limit} OFFSET ${offset}) ranked ON true
      WHERE r.id = ${run === undefined ? newest : Prisma.sql`${run}`}
      ORDER BY ranked.rank`;
  const first = rows[0];
  if (!first) return undefined;
  return { run: first.run, posts: rows.flatMap(({ id, rank, score }) => (id === null ? [] : [{ id, rank, score }])) };
};
