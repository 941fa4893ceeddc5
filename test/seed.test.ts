import { spawn } from 'node:child_process';
import { verify } from '@node-rs/argon2';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED_PASSWORD, seedDevelopmentWorld } from '../src/data/seed/development.ts';
import { fillDatabase } from '../src/data/seed/fill.ts';
import type { WorldSize } from '../src/data/seed/size.ts';
import { createEmptyDatabase, createTestDatabase } from './support/database.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const SIZE: WorldSize = { users: 300, posts: 2000, seed: 7, now: NOW, likesPerPost: 4 };
const TABLES = [
  'users',
  'follows',
  'follow_requests',
  'mutes',
  'posts',
  'likes',
  'reposts',
  'saves',
  'plays',
  'comments',
  'user_genres',
];

const opened: (() => Promise<void>)[] = [];

const open = async () => {
  const { url, close } = await createTestDatabase();
  const client = new Client({ connectionString: url });
  await client.connect();
  opened.push(async () => {
    await client.end();
    await close();
  });
  const one = async (sql: string): Promise<Record<string, unknown>> => (await client.query(sql)).rows[0] ?? {};
  return { url, client, one };
};

afterAll(async () => {
  for (const close of opened) await close();
});

const fingerprint = async (client: Client): Promise<Record<string, unknown>> => {
  const parts = TABLES.map(
    (table) => `(SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM "${table}" t) AS ${table}`,
  );
  return (await client.query(`SELECT ${parts.join(', ')}`)).rows[0];
};

const definitions = async (client: Client): Promise<unknown[]> => {
  const indexes = await client.query(
    "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
  );
  const constraints = await client.query(
    `SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1`,
  );
  return [...indexes.rows, ...constraints.rows];
};

describe('a generated world', () => {
  let world: Awaited<ReturnType<typeof open>>;
  let before: unknown[];

  beforeAll(async () => {
    world = await open();
    before = await definitions(world.client);
    await fillDatabase(world.client, SIZE);
  });

  it('has the people and the posts that were asked for, and something of everything', async () => {
    const counts = await world.one(
      `SELECT ${TABLES.map((table) => `(SELECT count(*)::int FROM "${table}") AS ${table}`).join(', ')}`,
    );
    expect(counts).toMatchObject({ users: 300, posts: 2000 });
    for (const table of TABLES) expect(counts[table], table).toBeGreaterThan(0);
  });

  it('has the indexes and the constraints that it had before', async () => {
    expect(await definitions(world.client)).toEqual(before);
  });

  it('has counters that equal the rows', async () => {
    const count = (table: string, where: string) => `(SELECT count(*) FROM ${table} WHERE ${where})`;
    const { rows: posts } = await world.client.query(
      `SELECT p.id FROM posts p WHERE like_count <> ${count('likes', 'post_id = p.id')}
        OR play_count <> ${count('plays', 'post_id = p.id')}
        OR comment_count <> ${count('comments', 'post_id = p.id AND deleted_at IS NULL')}
        OR repost_count <> ${count('reposts', 'post_id = p.id')} OR save_count <> ${count('saves', 'post_id = p.id')}`,
    );
    expect(posts).toEqual([]);
    const { rows: users } = await world.client.query(
      `SELECT username FROM users u WHERE follower_count <> ${count('follows', 'followee_id = u.id')}
        OR following_count <> ${count('follows', 'follower_id = u.id')}
        OR post_count <> ${count('posts', `user_id = u.id AND deleted_at IS NULL AND audio_status = 'ready'`)}`,
    );
    expect(users).toEqual([]);
  });

  it('knows what each user likes: 3 for a like and 1 for a play of a post of the genre', async () => {
    const { rows } = await world.client.query(
      `WITH seen AS (
         SELECT user_id, unnest(genre) AS genre, 3 AS weight FROM (SELECT l.user_id, p.genre FROM likes l JOIN posts p ON p.id = l.post_id) a
         UNION ALL
         SELECT user_id, unnest(genre), 1 FROM (SELECT l.user_id, p.genre FROM plays l JOIN posts p ON p.id = l.post_id WHERE l.user_id IS NOT NULL) b
       ), sums AS (SELECT user_id, genre, sum(weight) AS weight FROM seen GROUP BY 1, 2)
       SELECT * FROM sums FULL JOIN user_genres u USING (user_id, genre) WHERE sums.weight IS DISTINCT FROM u.weight`,
    );
    expect(rows).toEqual([]);
  });

  it('orders posts alike by seq, moment and id', async () => {
    const broken = await world.client.query(
      `SELECT 1 FROM (SELECT seq, created_at, id, lag(created_at) OVER w AS moment, lag(id) OVER w AS previous, lag(seq) OVER w AS number
        FROM posts WINDOW w AS (ORDER BY seq)) p WHERE created_at <= moment OR id <= previous OR seq <> number + 1`,
    );
    expect(broken.rowCount).toBe(0);
    expect(await world.one("SELECT nextval('posts_seq_seq')::int AS seq")).toEqual({ seq: 2001 });
    expect(await world.one("SELECT nextval('plays_id_seq') > max(id) AS free FROM plays")).toEqual({ free: true });
  });

  it('has UUIDs of version 7 whose time is the moment of the row', async () => {
    const { rows } = await world.client.query<{ id: string; created_at: Date }>(
      'SELECT id, created_at FROM posts UNION ALL SELECT id, created_at FROM users UNION ALL SELECT id, created_at FROM comments',
    );
    for (const { id, created_at } of rows) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(created_at.getTime());
    }
  });

  it('lets nothing happen in the future, and nobody act before they joined', async () => {
    for (const table of ['users', 'posts', 'likes', 'plays', 'comments', 'follows', 'mutes', 'follow_requests']) {
      expect(
        await world.one(`SELECT count(*)::int AS late FROM ${table} WHERE created_at > to_timestamp(${NOW / 1000})`),
      ).toEqual({ late: 0 });
    }
    for (const table of ['posts', 'likes', 'plays', 'comments']) {
      expect(
        await world.one(
          `SELECT count(*)::int AS early FROM ${table} t JOIN users u ON u.id = t.user_id WHERE t.created_at < u.created_at`,
        ),
      ).toEqual({ early: 0 });
    }
    for (const table of ['likes', 'plays', 'comments']) {
      expect(
        await world.one(
          `SELECT count(*)::int AS early FROM ${table} t JOIN posts p ON p.id = t.post_id WHERE t.created_at < p.created_at`,
        ),
      ).toEqual({ early: 0 });
    }
  });

  it('lists what is public and nothing else, and lets only followers react to what is not', async () => {
    expect(
      await world.one(
        `SELECT count(*)::int AS wrong FROM posts p JOIN users u ON u.id = p.user_id WHERE listed <>
          (visibility = 'public' AND audio_status = 'ready' AND archived_at IS NULL AND deleted_at IS NULL AND NOT is_private)`,
      ),
    ).toEqual({ wrong: 0 });
    expect(
      await world.one(
        `SELECT count(*)::int AS wrong FROM likes l JOIN posts p ON p.id = l.post_id JOIN users u ON u.id = p.user_id
         WHERE (p.visibility <> 'public' OR u.is_private)
           AND NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = l.user_id AND f.followee_id = p.user_id)`,
      ),
    ).toEqual({ wrong: 0 });
  });

  it('has follow requests to private accounts only, and never beside a follow', async () => {
    expect(
      await world.one(
        `SELECT count(*)::int AS wrong FROM follow_requests r JOIN users u ON u.id = r.target_id
         WHERE NOT is_private OR EXISTS (SELECT FROM follows f WHERE f.follower_id = r.requester_id AND f.followee_id = r.target_id)`,
      ),
    ).toEqual({ wrong: 0 });
  });

  it('can be searched, trends, and has stars', async () => {
    const facts = await world.one(
      `SELECT (SELECT count(*)::int FROM posts WHERE search IS NULL) AS unsearchable,
        (SELECT count(*)::int FROM posts WHERE search @@ plainto_tsquery('simple', 'final')) AS final,
        (SELECT count(*)::int FROM posts WHERE listed AND created_at > to_timestamp(${NOW / 1000}) - interval '7 days') AS recent,
        (SELECT avg(following_count)::float FROM users) AS following, (SELECT max(follower_count) FROM users) AS star,
        (SELECT max(like_count) FROM posts) AS hit`,
    );
    expect(facts).toMatchObject({ unsearchable: 0 });
    for (const [name, least] of Object.entries({ final: 5, recent: 50, following: 15, star: 60, hit: 40 })) {
      expect(facts[name], name).toBeGreaterThan(least);
    }
  });

  it('is the same for the same numbers, and another one for another seed', async () => {
    const twin = await open();
    await fillDatabase(twin.client, SIZE);
    expect(await fingerprint(twin.client)).toEqual(await fingerprint(world.client));
    await fillDatabase(twin.client, { ...SIZE, seed: 8 }, { reset: true });
    const other = await fingerprint(twin.client);
    const first = await fingerprint(world.client);
    for (const table of TABLES) expect(other[table], table).not.toBe(first[table]);
  });

  it('is left alone by a second fill that does not say reset', async () => {
    const first = await fingerprint(world.client);
    expect(await fillDatabase(world.client, { ...SIZE, seed: 9 })).toBeUndefined();
    expect(await fingerprint(world.client)).toEqual(first);
  });

  it.each([
    [1, 0],
    [1, 5],
    [3, 1],
    [6, 40],
  ])('can be as small as %i people and %i posts', async (users, posts) => {
    const small = await open();
    const counts = await fillDatabase(small.client, { ...SIZE, users, posts });
    expect([counts?.get('users'), counts?.get('posts')]).toEqual([users, posts]);
  });
});

describe('the world of development', () => {
  it('is made once, however many ask at the same time', async () => {
    const { url, one } = await open();
    const answers = await Promise.all([
      seedDevelopmentWorld(url),
      seedDevelopmentWorld(url),
      seedDevelopmentWorld(url),
    ]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await seedDevelopmentWorld(url)).toBe(false);
    expect(
      await one('SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM posts) AS posts'),
    ).toEqual({ users: 200, posts: 1000 });
  });

  it('lets alice, bob, charlie, diana and eve in, who follow each other and see much', async () => {
    const { url, client } = await open();
    await seedDevelopmentWorld(url);
    const { rows } = await client.query(
      `SELECT username, email, password_hash, following_count, is_private,
        (SELECT count(*)::int FROM follows f JOIN users o ON o.id = f.followee_id
          WHERE f.follower_id = u.id AND o.username IN ('alice', 'bob', 'charlie', 'diana', 'eve')) AS friends,
        (SELECT count(*)::int FROM follows f JOIN posts p ON p.user_id = f.followee_id
          WHERE f.follower_id = u.id AND p.listed AND p.created_at > now() - interval '7 days') AS fresh
       FROM users u WHERE username IN ('alice', 'bob', 'charlie', 'diana', 'eve') ORDER BY username`,
    );
    expect(rows.map((row) => row.email)).toEqual(
      ['alice', 'bob', 'charlie', 'diana', 'eve'].map((name) => `${name}@example.com`),
    );
    for (const row of rows) {
      expect(row, row.username).toMatchObject({ friends: 4, is_private: false });
      expect(row.following_count).toBeGreaterThanOrEqual(40);
      expect(row.fresh).toBeGreaterThan(10);
      expect(await verify(row.password_hash, SEED_PASSWORD)).toBe(true);
    }
    const { rows: taste } = await client.query(
      "SELECT genre FROM user_genres g JOIN users u ON u.id = g.user_id WHERE username = 'alice' ORDER BY weight DESC LIMIT 2",
    );
    for (const { genre } of taste) expect(['house', 'deep house', 'techno']).toContain(genre);
  });

  it('leaves nothing when its connection is cut in the middle', async () => {
    const { url, client, one } = await open();
    const before = await definitions(client);
    const cut = (async () => {
      for (;;) {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'sidechain-seed' AND datname = current_database() AND query LIKE 'COPY%'`,
        );
        if (rowCount) return;
      }
    })();
    await expect(seedDevelopmentWorld(url)).rejects.toThrow();
    await cut;
    expect(await one('SELECT count(*)::int AS people FROM users')).toEqual({ people: 0 });
    expect(await definitions(client)).toEqual(before);
    expect(await seedDevelopmentWorld(url)).toBe(true);
  });
});

describe('npm run seed', () => {
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, ['scripts/seed.ts', ...args], { env: { PATH: process.env.PATH, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, output };
  };

  it('names DATABASE_URL when it is not set', async () => {
    expect(await run([])).toMatchObject({ code: 2, output: expect.stringContaining('DATABASE_URL') });
  });

  it('says which database it cannot reach, without the password', async () => {
    const { code, output } = await run(['--database-url', 'postgres://me:hunter2@127.0.0.1:1/loops']);
    expect(code).toBe(2);
    expect(output).toContain('127.0.0.1:1/loops');
    expect(output).not.toContain('hunter2');
  });

  it('makes the tables of an empty database first', async () => {
    const { url, close } = await createEmptyDatabase();
    opened.push(close);
    expect(await run(['--users', '5', '--posts', '5'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
  });

  it('fills, refuses to fill again, and fills anew with --reset', async () => {
    const { url, one } = await open();
    const first = await run(['--users', '50', '--posts', '100'], { DATABASE_URL: url });
    expect(first.output).toMatch(/[\d,]+ rows in [\d.]+ s, [\d,]+ rows\/s/);
    expect(first.code).toBe(0);
    expect(await run(['--users', '50'], { DATABASE_URL: url })).toMatchObject({
      code: 2,
      output: expect.stringContaining('--reset'),
    });
    expect(await run(['--users=60', '--posts=110', '--reset'], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    expect(await one('SELECT count(*)::int AS people FROM users')).toEqual({ people: 60 });
  });
});
