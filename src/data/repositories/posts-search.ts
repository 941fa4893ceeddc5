import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { matching, notMuted } from './feed-conditions.ts';
import type { FeedFilters } from './feed-rows.ts';

/** What a search narrows posts to: what a feed can be narrowed to, and words. */
export interface PostSearch extends FeedFilters {
  /** Words, quoted phrases, `or` and `-not`, as `websearch_to_tsquery` reads them. */
  query?: string | undefined;
}

const found = ({ query, ...filters }: PostSearch): Prisma.Sql =>
  query === undefined
    ? matching(filters)
    : Prisma.sql`p.search @@ websearch_to_tsquery('simple', ${query}) AND ${matching(filters)}`;

/**
 * The statement of a search. The listed posts and the viewer's own unlisted ones are found apart, each by its own
 * index, because no index serves "listed or mine"; each part stops at `count`. Words and genres have an index; what has
 * none (key, tempo, a word to avoid) is filtered while the listing is read from the newest on, so what hardly any post
 * matches costs a walk through the index: the statement timeout and the limit on searches bound that.
 */
export const searchStatement = (
  search: PostSearch,
  viewerId: string | undefined,
  beforeSeq: number | undefined,
  count: number,
): Prisma.Sql => {
  const older = beforeSeq === undefined ? Prisma.empty : Prisma.sql`AND p.seq < ${beforeSeq}::bigint`;
  const listed = Prisma.sql`
    SELECT p.id, p.seq::float8 AS seq FROM posts p
    WHERE p.listed AND ${found(search)} AND ${notMuted(viewerId, Prisma.sql`p.user_id`)} ${older}
    ORDER BY p.seq DESC LIMIT ${count}`;
  if (viewerId === undefined) return listed;
  return Prisma.sql`
    (${listed}) UNION ALL (
      SELECT p.id, p.seq::float8 FROM posts p
      WHERE p.user_id = ${viewerId}::uuid AND NOT p.listed AND p.deleted_at IS NULL AND ${found(search)} ${older}
      ORDER BY p.seq DESC LIMIT ${count}
    ) ORDER BY seq DESC LIMIT ${count}`;
};

/** The ids of the posts that a search finds, newest first, with the number that the list goes on after. */
export const searchPosts = (
  db: Queryable,
  search: PostSearch,
  viewerId: string | undefined,
  beforeSeq: number | undefined,
  count: number,
): Promise<{ id: string; seq: number }[]> => db.$queryRaw(searchStatement(search, viewerId, beforeSeq, count));
