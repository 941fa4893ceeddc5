import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { lockedPost } from './posts-visibility.ts';

/**
 * A common table that adds `step` to how much the viewer likes the genres of `post`, if `changed` has a row. Weights
 * never fall below zero. Genres are taken in order, so that two statements for one person never wait for each other.
 */
export const weighGenres = (viewerId: string, step: number): Prisma.Sql => Prisma.sql`
  weighed AS (
    INSERT INTO user_genres AS known (user_id, genre, weight)
    SELECT ${viewerId}::uuid, genre.name, greatest(0, ${step}::float8)
    FROM post CROSS JOIN LATERAL (SELECT DISTINCT unnest(post.genre) AS name) genre
    WHERE EXISTS (SELECT 1 FROM changed)
    ORDER BY genre.name
    ON CONFLICT (user_id, genre) DO UPDATE SET weight = greatest(0, known.weight + ${step}::float8)
  )`;

export interface NewPlay {
  /** Seconds listened. */
  duration: number;
  completed: boolean;
}

/**
 * Counts one play.
 * @returns how often the post was played; undefined when there is no such post for this viewer.
 */
export const insertPlay = async (
  db: Queryable,
  postId: string,
  viewerId: string | undefined,
  { duration, completed }: NewPlay,
): Promise<number | undefined> => {
  const weights = viewerId === undefined ? Prisma.empty : Prisma.sql`, ${weighGenres(viewerId, 1)}`;
  const [row] = await db.$queryRaw<{ count: number }[]>(Prisma.sql`
    WITH ${lockedPost(postId, viewerId)}, changed AS (
      INSERT INTO plays (post_id, user_id, duration, completed)
      SELECT post.id, ${viewerId ?? null}::uuid, ${duration}::float8, ${completed} FROM post RETURNING post_id
    )${weights}
    UPDATE posts SET play_count = posts.play_count + 1 FROM changed WHERE posts.id = changed.post_id
    RETURNING posts.play_count AS count`);
  return row?.count;
};
