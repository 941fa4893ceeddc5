import { v7 } from 'uuid';
import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { visibleTo } from './posts-visibility.ts';

export interface NewPost {
  audioUrl: string;
  /** The upload that it shows, if it shows one. */
  audioId?: string | undefined;
  waveformUrl?: string | undefined;
  /** Seconds. */
  duration?: number | undefined;
  /** Until its audio is ready, only its author sees it. */
  audioStatus?: 'ready' | 'processing' | undefined;
  filename?: string | undefined;
  bpm?: number | undefined;
  key?: string | undefined;
  daw?: string | undefined;
  durationBars?: number | undefined;
  genre: readonly string[];
  visibility: 'public' | 'followers' | 'private';
}

export interface InsertedPost {
  id: string;
  /** Whether it is in the public listings. */
  listed: boolean;
  createdAt: Date;
}

/**
 * Publishes a post. The author's row is locked first: whether the account is private is what it is at that moment, and
 * an account that changes it relists this post too. One that waits for its audio counts when that is ready.
 * @returns undefined when the author's account is gone.
 */
export const insertPost = async (db: Queryable, authorId: string, post: NewPost): Promise<InsertedPost | undefined> => {
  const { audioUrl, audioId, waveformUrl, filename, bpm, key, daw, durationBars, duration, genre, visibility } = post;
  const audioStatus = post.audioStatus ?? 'ready';
  const [row] = await db.$queryRaw<InsertedPost[]>(Prisma.sql`
    WITH author AS (
      UPDATE users SET post_count = post_count + ${audioStatus === 'ready' ? 1 : 0}::int
      WHERE id = ${authorId}::uuid RETURNING id, is_private
    )
    INSERT INTO posts (id, user_id, audio_url, audio_id, waveform_url, filename, bpm, key, daw, duration_bars, duration,
      genre, visibility, audio_status, listed)
    SELECT ${v7()}::uuid, author.id, ${audioUrl}, ${audioId ?? null}::uuid, ${waveformUrl ?? null}, ${filename ?? null},
      ${bpm ?? null}::float8, ${key ?? null}, ${daw ?? null}, ${durationBars ?? null}::int, ${duration ?? null}::float8,
      ${[...genre]}::text[], ${visibility}::"Visibility", ${audioStatus}::"AudioStatus",
      ${visibility}::text = 'public' AND ${audioStatus}::text = 'ready' AND NOT author.is_private
    FROM author
    RETURNING id, listed, created_at AS "createdAt"`);
  return row;
};

/**
 * Marks one's own post as deleted and takes it out of the listings. Again changes nothing.
 * @returns whether it was in the public listings; undefined when nothing was deleted.
 */
export const deletePost = async (
  db: Queryable,
  authorId: string,
  postId: string,
): Promise<{ wasListed: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ wasListed: boolean }[]>(Prisma.sql`
    WITH author AS MATERIALIZED (
      SELECT id FROM users WHERE id = ${authorId}::uuid FOR NO KEY UPDATE
    ), post AS MATERIALIZED (
      SELECT p.id, p.listed, p.audio_status FROM posts p
      WHERE p.id = ${postId}::uuid AND p.user_id = (SELECT id FROM author) AND p.deleted_at IS NULL
      FOR NO KEY UPDATE
    ), counted AS (
      UPDATE users SET post_count = post_count - 1
      WHERE id = ${authorId}::uuid AND EXISTS (SELECT 1 FROM post WHERE audio_status = 'ready')
    )
    UPDATE posts SET deleted_at = now(), listed = false FROM post WHERE posts.id = post.id
    RETURNING post.listed AS "wasListed"`);
  return row;
};

/** What a post is to a viewer. Undefined when there never was one. */
export const findPostAccess = async (
  db: Queryable,
  postId: string,
  viewerId: string | undefined,
): Promise<{ authorId: string; isVisible: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ authorId: string; isVisible: boolean }[]>(Prisma.sql`
    SELECT p.user_id AS "authorId", v."isVisible"
    FROM posts p CROSS JOIN LATERAL (SELECT ${visibleTo(viewerId)} AS "isVisible") v WHERE p.id = ${postId}::uuid`);
  return row;
};
