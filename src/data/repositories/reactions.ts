import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { weighGenres } from './plays.ts';
import { lockedPost } from './posts-visibility.ts';

/** What one does to a post at most once, until one takes it back. */
export type Reaction = 'like' | 'repost' | 'save';

interface Storage {
  table: Prisma.Sql;
  counter: Prisma.Sql;
  /** How much more one likes the post's genres by it. */
  genreWeight: number;
}

const STORAGE: Record<Reaction, Storage> = {
  like: { table: Prisma.sql`likes`, counter: Prisma.sql`like_count`, genreWeight: 3 },
  repost: { table: Prisma.sql`reposts`, counter: Prisma.sql`repost_count`, genreWeight: 0 },
  save: { table: Prisma.sql`saves`, counter: Prisma.sql`save_count`, genreWeight: 0 },
};

export interface ReactionChange {
  /** How many have reacted so now. */
  count: number;
  /** False when it was so already. */
  changed: boolean;
}

/**
 * Counts what `changed` holds. The post's lock is had before anything else, so all changes to one post stand in a line;
 * the row of a reaction is what is counted, so doing it twice counts once.
 */
const count = async (
  db: Queryable,
  { counter, genreWeight }: Storage,
  step: 1 | -1,
  { locked, changed, viewerId }: { locked: Prisma.Sql; changed: Prisma.Sql; viewerId: string },
): Promise<ReactionChange | undefined> => {
  const weights = genreWeight > 0 ? Prisma.sql`, ${weighGenres(viewerId, step * genreWeight)}` : Prisma.empty;
  const [row] = await db.$queryRaw<ReactionChange[]>(Prisma.sql`
    WITH ${locked}, changed AS (${changed})${weights}
    UPDATE posts SET ${counter} = posts.${counter} + ${step}::int * rows.number
    FROM post CROSS JOIN (SELECT count(*)::int AS number FROM changed) rows
    WHERE posts.id = post.id
    RETURNING posts.${counter} AS count, rows.number > 0 AS changed`);
  return row;
};

/** @returns undefined when there is no such post for this viewer. */
export const addReaction = (
  db: Queryable,
  reaction: Reaction,
  postId: string,
  viewerId: string,
): Promise<ReactionChange | undefined> =>
  count(db, STORAGE[reaction], 1, {
    viewerId,
    locked: lockedPost(postId, viewerId),
    changed: Prisma.sql`
      INSERT INTO ${STORAGE[reaction].table} (user_id, post_id) SELECT ${viewerId}::uuid, post.id FROM post
      ON CONFLICT DO NOTHING RETURNING post_id`,
  });

/** @returns undefined when there is no such post for this viewer. */
export const removeReaction = (
  db: Queryable,
  reaction: Reaction,
  postId: string,
  viewerId: string,
): Promise<ReactionChange | undefined> =>
  count(db, STORAGE[reaction], -1, {
    viewerId,
    locked: lockedPost(postId, viewerId),
    changed: Prisma.sql`
      DELETE FROM ${STORAGE[reaction].table} gone USING post
      WHERE gone.user_id = ${viewerId}::uuid AND gone.post_id = post.id RETURNING gone.post_id`,
  });
