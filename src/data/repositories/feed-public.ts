import type { Database } from '../database.ts';
import { ask, prepareSizes } from '../prepared.ts';
import type { Candidate, FeedFilters } from './feed-rows.ts';
import {
  CANDIDATE,
  type CandidateRow,
  candidateOf,
  filterValues,
  isFiltered,
  MATCHING,
  notMuted,
} from './feed-text.ts';

interface PublicPage {
  filters: FeedFilters;
  limit: number;
  offset: number;
}

const listed = (name: string | undefined, matching: string) =>
  prepareSizes<CandidateRow>(
    name,
    (size) => `SELECT ${CANDIDATE}, false AS followed FROM posts p
      WHERE p.listed AND p.seq < @before::bigint AND ${notMuted('p.user_id')} AND ${matching}
      ORDER BY p.seq DESC LIMIT ${size}`,
  );

const LISTED = listed('feed_listed', 'true');
const LISTED_FILTERED = listed(undefined, MATCHING);

/** Posts in public listings published before the post with seq `before`, newest first, without people the viewer muted. */
export const listedPosts = async (
  db: Database,
  viewerId: string | undefined,
  { before, filters, limit, offset }: PublicPage & { before: number | undefined },
): Promise<Candidate[]> => {
  const sized = isFiltered(filters) ? LISTED_FILTERED : LISTED;
  const rows = await ask(db, sized(offset + limit), {
    viewer: viewerId ?? null,
    before: before ?? Number.MAX_SAFE_INTEGER,
    ...filterValues(filters),
  });
  return rows.slice(offset, offset + limit).map(candidateOf);
};

export interface TrendingPage {
  run: number;
  posts: { id: string; rank: number; score: number }[];
}

type RankedRow = [run: number, id: string | null, rank: number, score: number];

const ranked = (name: string | undefined, matching: string) =>
  prepareSizes<RankedRow>(
    name,
    (size) => `SELECT r.id AS run, ranked.id, ranked.rank, ranked.score FROM trending_runs r
      LEFT JOIN LATERAL (
        SELECT p.id, t.rank, t.score FROM trending_posts t JOIN posts p ON p.id = t.post_id
          WHERE t.run_id = r.id AND t.rank > @after::int AND p.listed AND ${notMuted('p.user_id')} AND ${matching}
          ORDER BY t.rank LIMIT ${size}) ranked ON true
      WHERE r.id = coalesce(@run::int, (SELECT n.id FROM trending_runs n ORDER BY n.id DESC LIMIT 1))
      ORDER BY ranked.rank`,
  );

const RANKED = ranked('feed_ranked', 'true');
const RANKED_FILTERED = ranked(undefined, MATCHING);

/**
 * What follows rank `after` in a run of the trending ranking, or in the newest run.
 * @returns undefined when there is no such run.
 */
export const rankedPosts = async (
  db: Database,
  viewerId: string | undefined,
  { run, after, filters, limit, offset }: PublicPage & { run: number | undefined; after: number },
): Promise<TrendingPage | undefined> => {
  const sized = isFiltered(filters) ? RANKED_FILTERED : RANKED;
  const rows = await ask(db, sized(offset + limit), {
    viewer: viewerId ?? null,
    run: run ?? null,
    after,
    ...filterValues(filters),
  });
  const first = rows[0];
  if (!first) return undefined;
  const posts = rows.flatMap(([, id, rank, score]) => (id === null ? [] : [{ id, rank, score }]));
  return { run: first[0], posts: posts.slice(offset, offset + limit) };
};
