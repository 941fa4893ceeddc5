import { v7 } from 'uuid';
import type { Cache } from '../../src/data/cache/cache.ts';
import type { Database } from '../../src/data/database.ts';
import type { FeedContext, FeedPage, PersonalFeedRequest } from '../../src/features/feed/feed.ts';
import { createGenreRecommender } from '../../src/features/feed/genre-recommender.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';

export const HOUR = 3_600_000;

/** A person. */
export const addUser = async (db: Database, name: string, isPrivate = false): Promise<string> => {
  const id = v7();
  await db.$executeRaw`INSERT INTO users (id, email, username, display_name, password_hash, is_private)
    VALUES (${id}::uuid, ${`${name}@example.com`}, ${name}, ${name.toUpperCase()}, 'x', ${isPrivate})`;
  return id;
};

export interface NewPost {
  visibility?: 'public' | 'followers' | 'private';
  audioStatus?: 'processing' | 'ready' | 'failed';
  genre?: string[];
  key?: string;
  daw?: string;
  bpm?: number;
  likes?: number;
  plays?: number;
  comments?: number;
  ageHours?: number;
}

/** A post, listed as the product would list it. */
export const addPost = async (db: Database, userId: string, post: NewPost = {}): Promise<string> => {
  const id = v7();
  const visibility = post.visibility ?? 'public';
  const audioStatus = post.audioStatus ?? 'ready';
  await db.$executeRaw`INSERT INTO posts (id, user_id, audio_url, visibility, audio_status, genre, key, daw, bpm,
      like_count, play_count, comment_count, created_at, listed)
    SELECT ${id}::uuid, u.id, 'https://cdn.example.com/loop.mp3', ${visibility}::"Visibility",
      ${audioStatus}::"AudioStatus", ${post.genre ?? []}::text[], ${post.key ?? null}, ${post.daw ?? null},
      ${post.bpm ?? null}::float8, ${post.likes ?? 0}, ${post.plays ?? 0}, ${post.comments ?? 0},
      now() - make_interval(secs => ${(post.ageHours ?? 0) * 3600}::float8),
      ${visibility === 'public' && audioStatus === 'ready'} AND NOT u.is_private
    FROM users u WHERE u.id = ${userId}::uuid`;
  return id;
};

export const addFollow = (db: Database, follower: string, followee: string): Promise<number> =>
  db.$executeRaw`INSERT INTO follows (follower_id, followee_id) VALUES (${follower}::uuid, ${followee}::uuid)
    ON CONFLICT DO NOTHING`;

export const endFollow = (db: Database, follower: string, followee: string): Promise<number> =>
  db.$executeRaw`WITH ended AS (
      DELETE FROM follows WHERE follower_id = ${follower}::uuid AND followee_id = ${followee}::uuid RETURNING *)
    INSERT INTO ended_follows (follower_id, followee_id, started_at)
      SELECT follower_id, followee_id, created_at FROM ended`;

export const mute = (db: Database, muter: string, muted: string): Promise<number> =>
  db.$executeRaw`INSERT INTO mutes (muter_id, muted_id) VALUES (${muter}::uuid, ${muted}::uuid) ON CONFLICT DO NOTHING`;

export const deletePost = (db: Database, id: string): Promise<number> =>
  db.$executeRaw`UPDATE posts SET deleted_at = now(), listed = false WHERE id = ${id}::uuid`;

export const setPrivate = (db: Database, userId: string, isPrivate: boolean): Promise<number> =>
  db.$executeRaw`WITH changed AS (UPDATE users SET is_private = ${isPrivate} WHERE id = ${userId}::uuid)
    UPDATE posts SET listed = NOT ${isPrivate}::boolean AND visibility = 'public' AND audio_status = 'ready'
      AND deleted_at IS NULL AND archived_at IS NULL WHERE user_id = ${userId}::uuid`;

/** Who may see what, said once more and differently: the ids of all posts that this viewer's feed may show. */
export const visibleTo = async (db: Database, viewer: string): Promise<Set<string>> => {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM posts p JOIN users u ON u.id = p.user_id
      LEFT JOIN follows f ON f.followee_id = u.id AND f.follower_id = ${viewer}::uuid
      LEFT JOIN mutes m ON m.muted_id = u.id AND m.muter_id = ${viewer}::uuid
    WHERE p.deleted_at IS NULL AND p.archived_at IS NULL AND p.audio_status = 'ready' AND m.muter_id IS NULL
      AND (u.id = ${viewer}::uuid OR (p.visibility = 'public' AND NOT u.is_private)
        OR (p.visibility <> 'private' AND f.follower_id IS NOT NULL))`;
  return new Set(rows.map((row) => row.id));
};

/** Nothing is ever there: for tests of what lies behind the cache. */
export const noCache: Cache = {
  system: 'memory',
  getFromGroup: async () => ({ value: undefined, generation: undefined }),
  setInGroup: async () => {},
  invalidateGroup: async () => {},
  ping: async () => 0,
  close: async () => {},
};

export const feedContext = (db: Database, changes: Partial<FeedContext> = {}): FeedContext => ({
  config: { FEED_SOURCE_TIMEOUT: 10_000, DATABASE_POOL_SIZE: 10 },
  secrets: { appSecret: 'a secret of the tests that is long enough' },
  db,
  cache: noCache,
  recommender: createGenreRecommender(db),
  now: () => new Date(),
  ...changes,
});

export const request = (viewerId: string, changes: Partial<PersonalFeedRequest> = {}): PersonalFeedRequest => ({
  viewerId,
  limit: 20,
  cursor: undefined,
  offset: 0,
  filters: {},
  ...changes,
});

/** Every page of the unified feed, to its end. */
export const allPages = async (ctx: FeedContext, first: PersonalFeedRequest): Promise<FeedPage[]> => {
  const pages: FeedPage[] = [];
  for (let cursor = first.cursor; ; ) {
    const page = await unifiedFeed(ctx, { ...first, cursor });
    pages.push(page);
    if (page.meta.next_cursor === null) return pages;
    cursor = page.meta.next_cursor;
  }
};
