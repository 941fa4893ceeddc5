import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../../src/data/create-database.ts';
import { globalFeed } from '../../src/features/feed/global.ts';
import { timelineFeed } from '../../src/features/feed/timeline.ts';
import { trendingFeed } from '../../src/features/feed/trending.ts';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { feedContext, request, visibleTo } from './world.ts';

let database: TestDatabase;
/** Follows 500. */
let viewer: string;
/** Follows 1,500. */
let collector: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // 4,000 people with 5 posts, 50 follows and 10 likes each; the first follows 500, the second 1,500. Of fewer follows in all the
  // second would have so large a part that reading all of them from end to end is right.
  await client.query(`
    INSERT INTO users (id, email, username, display_name, password_hash)
      SELECT gen_random_uuid(), 'p' || i || '@example.com', 'p' || i, 'P', 'x' FROM generate_series(1, 4000) i;
    CREATE TEMPORARY TABLE person AS SELECT id, substr(username, 2)::int AS n FROM users;
    INSERT INTO posts (id, user_id, audio_url, genre, like_count, created_at)
      SELECT gen_random_uuid(), p.id, 'https://cdn.example.com/a.mp3', ARRAY['House'], (random() * 100)::int,
          now() - make_interval(hours => h)
        FROM generate_series(1, 5) h, person p ORDER BY h DESC, p.n;
    INSERT INTO follows (follower_id, followee_id)
      SELECT f.id, t.id FROM person f JOIN person t ON (t.n - f.n + 4000) % 4000 BETWEEN 1 AND CASE f.n WHEN 1 THEN 500 WHEN 2 THEN 1500 ELSE 50 END;
    UPDATE users SET following_count = 1500 WHERE username = 'p2';
    -- Those whom the second follows: one is muted, others are private or show some posts to nobody.
    INSERT INTO mutes (muter_id, muted_id) SELECT f.id, t.id FROM person f, person t WHERE f.n = 2 AND t.n = 10;
    UPDATE users SET is_private = true WHERE substr(username, 2)::int BETWEEN 20 AND 60;
    UPDATE posts SET listed = false WHERE user_id IN (SELECT id FROM person WHERE n BETWEEN 20 AND 60);
    UPDATE posts SET listed = false, visibility = CASE WHEN seq % 2 = 0 THEN 'private' ELSE 'followers' END::"Visibility"
      WHERE user_id IN (SELECT id FROM person WHERE n BETWEEN 61 AND 120);
    INSERT INTO likes (user_id, post_id)
      SELECT l.id, p.id FROM person l JOIN person a ON (a.n - l.n + 4000) % 4000 IN (1, 2) JOIN posts p ON p.user_id = a.id;
    INSERT INTO user_genres SELECT id, g, 3 FROM person, unnest(ARRAY['House', 'Dub']) g`);
  await refreshTrending(database.db, new Date());
  // What was done above was not noticed by the statistics yet.
  await client.query('ANALYZE');
  viewer = (await client.query('SELECT id FROM person WHERE n = 1')).rows[0].id;
  collector = (await client.query('SELECT id FROM person WHERE n = 2')).rows[0].id;
  await client.end();
});
afterAll(() => database.close());

/** Address of the same database for a server that always plans anew, or once and for all. */
const planned = (mode: 'force_custom_plan' | 'force_generic_plan'): string => {
  const url = new URL(database.url);
  url.searchParams.set('options', `-c plan_cache_mode=${mode}`);
  return url.href;
};

// A prepared statement is planned anew five times, and then once for whatever it is asked.
it.each(['force_custom_plan', 'force_generic_plan'] as const)(
  'reads no large table from end to end, on any page of any feed, with %s',
  async (mode) => {
    // One connection: what it counted can be asked for on it.
    const pool = createDatabase({ url: planned(mode), poolSize: 1, statementTimeout: 30_000 });
    const { db } = pool;
    const scans = async () => {
      await db.$queryRaw`SELECT pg_stat_force_next_flush()::text`;
      return await db.$queryRaw<{ table: string; scans: number; probes: number }[]>`
      SELECT relname AS table, seq_scan::int AS scans, idx_scan::int AS probes FROM pg_stat_user_tables
      WHERE relname IN ('posts', 'users', 'follows', 'likes', 'trending_posts', 'user_genres') ORDER BY relname`;
    };
    const before = await scans();
    const ctx = feedContext(db);
    for (const who of [viewer, collector]) {
      for (const feed of [unifiedFeed, timelineFeed, globalFeed, trendingFeed]) {
        let cursor: string | undefined;
        for (let page = 0; page < 4; page += 1) {
          const { meta } = await feed(ctx, request(who, { limit: 20, cursor }));
          expect(meta).toMatchObject({ count: 20, degraded_sources: [] });
          cursor = meta.next_cursor ?? undefined;
        }
        // What a filter matches decides how it is best looked for: that is never planned for all.
        if (mode === 'force_custom_plan') await feed(ctx, request(who, { filters: { genre: 'House' } }));
      }
    }
    const after = await scans();
    await pool.close();
    expect(after.map(({ table, scans }) => [table, scans])).toEqual(before.map(({ table, scans }) => [table, scans]));
    // The counters do count.
    expect(after).not.toEqual(before);
  },
);

it('asks six things for a first page of the unified feed, and five for the next', async () => {
  const pool = createDatabase({ url: database.url, poolSize: 4, statementTimeout: 30_000 });
  const { query } = pg.Client.prototype;
  let statements = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    if (typeof args[0] === 'object') statements += 1;
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  try {
    const ctx = feedContext(pool.db);
    for (const who of [viewer, collector]) {
      statements = 0;
      const { meta } = await unifiedFeed(ctx, request(who));
      expect(statements).toBe(6);
      await unifiedFeed(ctx, request(who, { cursor: meta.next_cursor ?? undefined }));
      expect(statements).toBe(6 + 5);
    }
  } finally {
    pg.Client.prototype.query = query;
    await pool.close();
  }
});

it.each([
  ['500', '', () => viewer, {}],
  ['500', ' that a filter matches', () => viewer, { genre: 'House' }],
  ['1,500', '', () => collector, {}],
  ['1,500', ' that a filter matches', () => collector, { genre: 'House' }],
] as const)('shows whoever follows %s all their posts%s, in order', async (_follows, _filter, whom, filters) => {
  const who = whom();
  const shown: string[] = [];
  const ctx = feedContext(database.db);
  for (let cursor: string | undefined, more = true; more; ) {
    const { activities, meta } = await timelineFeed(ctx, request(who, { limit: 100, cursor, filters }));
    shown.push(...activities.map(({ id }) => id));
    more = meta.has_more;
    cursor = meta.next_cursor ?? undefined;
  }
  const visible = await visibleTo(database.db, who);
  const rows = await database.db.$queryRaw<{ id: string }[]>`
    SELECT p.id FROM posts p WHERE p.user_id = ${who}::uuid OR EXISTS (
      SELECT 1 FROM follows f WHERE f.follower_id = ${who}::uuid AND f.followee_id = p.user_id) ORDER BY p.seq DESC`;
  expect(shown).toEqual(rows.map(({ id }) => id).filter((id) => visible.has(id)));
  expect(shown.length).toBeGreaterThan(2000);
});
