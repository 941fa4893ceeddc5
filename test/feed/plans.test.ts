import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../../src/data/create-database.ts';
import { globalFeed } from '../../src/features/feed/global.ts';
import { timelineFeed } from '../../src/features/feed/timeline.ts';
import { trendingFeed } from '../../src/features/feed/trending.ts';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { feedContext, request } from './world.ts';

let database: TestDatabase;
let viewer: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // 4,000 people with 5 posts, 10 follows and 10 likes each; the first follows 500.
  await client.query(`
    INSERT INTO users (id, email, username, display_name, password_hash)
      SELECT gen_random_uuid(), 'p' || i || '@example.com', 'p' || i, 'P', 'x' FROM generate_series(1, 4000) i;
    CREATE TEMPORARY TABLE person AS SELECT id, substr(username, 2)::int AS n FROM users;
    INSERT INTO posts (id, user_id, audio_url, genre, like_count, created_at)
      SELECT gen_random_uuid(), p.id, 'https://cdn.example.com/a.mp3', ARRAY['House'], (random() * 100)::int,
          now() - make_interval(hours => h)
        FROM generate_series(1, 5) h, person p ORDER BY h DESC, p.n;
    INSERT INTO follows (follower_id, followee_id)
      SELECT f.id, t.id FROM person f JOIN person t ON (t.n - f.n + 4000) % 4000 BETWEEN 1 AND CASE f.n WHEN 1 THEN 500 ELSE 10 END;
    INSERT INTO likes (user_id, post_id)
      SELECT l.id, p.id FROM person l JOIN person a ON (a.n - l.n + 4000) % 4000 IN (1, 2) JOIN posts p ON p.user_id = a.id;
    INSERT INTO user_genres SELECT id, g, 3 FROM person, unnest(ARRAY['House', 'Dub']) g`);
  await refreshTrending(database.db, new Date());
  // What was done above was not noticed by the statistics yet.
  await client.query('ANALYZE');
  viewer = (await client.query('SELECT id FROM person WHERE n = 1')).rows[0].id;
  await client.end();
});
afterAll(() => database.close());

it('reads no large table from end to end, on any page of any feed', async () => {
  // One connection: what it counted can be asked for on it.
  const pool = createDatabase({ url: database.url, poolSize: 1, statementTimeout: 30_000 });
  const { db } = pool;
  const scans = async () => {
    await db.$queryRaw`SELECT pg_stat_force_next_flush()::text`;
    return await db.$queryRaw<{ table: string; scans: number; probes: number }[]>`
      SELECT relname AS table, seq_scan::int AS scans, idx_scan::int AS probes FROM pg_stat_user_tables
      WHERE relname IN ('posts', 'users', 'follows', 'likes', 'trending_posts', 'user_genres') ORDER BY relname`;
  };
  const before = await scans();
  const ctx = feedContext(db);
  for (const feed of [unifiedFeed, timelineFeed, globalFeed, trendingFeed]) {
    let cursor: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const { meta } = await feed(ctx, request(viewer, { limit: 20, cursor }));
      expect(meta).toMatchObject({ count: 20, degraded_sources: [] });
      cursor = meta.next_cursor ?? undefined;
    }
  }
  const after = await scans();
  await pool.close();
  expect(after.map(({ table, scans }) => [table, scans])).toEqual(before.map(({ table, scans }) => [table, scans]));
  // The counters do count.
  expect(after).not.toEqual(before);
});

it('finds every post that a filter matches, also for someone who follows many', async () => {
  const filters = { genre: 'House' };
  const shown = new Set<string>();
  const ctx = feedContext(database.db);
  for (let cursor: string | undefined, more = true; more; ) {
    const { activities, meta } = await timelineFeed(ctx, request(viewer, { limit: 100, cursor, filters }));
    for (const { id } of activities) {
      expect(shown.has(id)).toBe(false);
      shown.add(id);
    }
    more = meta.has_more;
    cursor = meta.next_cursor ?? undefined;
  }
  expect(shown.size).toBe(501 * 5);
});
