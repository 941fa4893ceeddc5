import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { type SummaryRow, summaryColumns } from './users-lists.ts';

export interface RecommendedRow extends SummaryRow {
  /** How many of those whom the viewer follows follow this user. */
  mutualCount: number;
}

/**
 * Users whom `viewerId` may want to follow: those followed by the most of the people followed, then the most followed.
 * Nobody who is followed, asked, or muted already. The cost is bounded: the latest 200 follows, 200 of each of them.
 */
export const listRecommended = (db: Queryable, viewerId: string, count: number): Promise<RecommendedRow[]> =>
  db.$queryRaw<RecommendedRow[]>(Prisma.sql`
    WITH near AS (
      SELECT theirs.followee_id AS id, count(*)::int AS mutual
      FROM (
        SELECT followee_id FROM follows WHERE follower_id = ${viewerId}::uuid ORDER BY created_at DESC LIMIT 200
      ) mine
      CROSS JOIN LATERAL (
        SELECT followee_id FROM follows WHERE follower_id = mine.followee_id ORDER BY created_at DESC LIMIT 200
      ) theirs
      GROUP BY theirs.followee_id
    ), nearest AS (
      SELECT u.id, near.mutual FROM near JOIN users u ON u.id = near.id
      WHERE ${isNew(viewerId)}
      ORDER BY near.mutual DESC, u.follower_count DESC, u.id LIMIT ${count}
    ), popular AS (
      SELECT u.id, 0 AS mutual FROM users u
      WHERE ${isNew(viewerId)} AND NOT EXISTS (SELECT 1 FROM nearest WHERE nearest.id = u.id)
      ORDER BY u.follower_count DESC, u.id LIMIT ${count}
    )
    SELECT ${summaryColumns(viewerId)}, c.mutual AS "mutualCount"
    FROM (SELECT * FROM nearest UNION ALL SELECT * FROM popular) c JOIN users u ON u.id = c.id
    ORDER BY c.mutual DESC, u.follower_count DESC, u.id LIMIT ${count}`);

/** `users u` is somebody with whom the viewer has nothing to do yet. */
const isNew = (viewerId: string): Prisma.Sql => Prisma.sql`
  u.id <> ${viewerId}::uuid
  AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ${viewerId}::uuid AND f.followee_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM follow_requests r WHERE r.requester_id = ${viewerId}::uuid AND r.target_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = ${viewerId}::uuid AND m.muted_id = u.id)`;

export interface FoundRow extends SummaryRow {
  /** The same name always has the same rank for the same words; higher is nearer. In millionths. */
  rank: number;
}

/** The rank and the user that a search goes on after. */
export type FoundSince = readonly [rank: number, userId: string];

/** `%` and `_` in what people type mean themselves. */
const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/**
 * Users whose username or display name begins with `query` or resembles it: the exact username first, then beginnings
 * (3 and 2 million), then by trigram similarity (up to a million).
 */
export const searchUsers = (
  db: Queryable,
  query: string,
  viewerId: string | undefined,
  since: FoundSince | undefined,
  count: number,
): Promise<FoundRow[]> => {
  const words = query.toLowerCase();
  const prefix = `${escapeLike(words)}%`;
  return db.$queryRaw<FoundRow[]>(Prisma.sql`
    WITH found AS (
      SELECT u.id, (
        CASE
          WHEN u.username = ${words} THEN 3000000
          WHEN u.username LIKE ${prefix} OR u.display_name ILIKE ${prefix} THEN 2000000
          ELSE 0
        END + round(1000000 * greatest(similarity(u.username, ${words}), similarity(u.display_name, ${words}))::numeric)
      )::int AS rank
      FROM users u
      WHERE u.username LIKE ${prefix} OR u.display_name ILIKE ${prefix} OR u.display_name ILIKE ${`% ${prefix}`}
        OR u.username % ${words} OR u.display_name % ${words}
    ), page AS (
      SELECT id, rank FROM found
      ${since === undefined ? Prisma.empty : Prisma.sql`WHERE rank < ${since[0]}::int OR (rank = ${since[0]}::int AND id > ${since[1]}::uuid)`}
      ORDER BY rank DESC, id LIMIT ${count}
    )
    SELECT ${summaryColumns(viewerId)}, page.rank FROM page JOIN users u ON u.id = page.id
    ORDER BY page.rank DESC, u.id`);
};
