import pg from 'pg';
import { createDatabase } from '../../src/data/create-database.ts';
import { migrate } from '../../src/data/migrate.ts';
import { fillDatabase } from '../../src/data/seed/fill.ts';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import type { Viewer, World } from '../load/world.ts';

const quiet = { info: () => {}, warn: console.warn };

const withClient = async <T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

/** One more database on the server of `world`, with so many people and posts. @returns its address */
export const addDatabase = async (
  world: Pick<World, 'databaseUrl'>,
  name: string,
  size: { users: number; posts: number },
): Promise<string> => {
  const url = new URL(world.databaseUrl);
  url.pathname = `/${name}`;
  await withClient(world.databaseUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  await migrate(url.href, { log: quiet });
  await withClient(url.href, (client) => fillDatabase(client, { ...size, seed: 42, now: Date.now(), likesPerPost: 1 }));
  return url.href;
};

/** Ranks what is trending, and what is popular in each genre, as the product does every minute. */
export const rankPosts = async (url: string): Promise<void> => {
  const pool = createDatabase({ url, poolSize: 1, statementTimeout: 60_000 });
  await refreshTrending(pool.db, new Date());
  await pool.close();
};

/**
 * Has each of `viewers` follow exactly so many others: anyone but private accounts, who posts or does not. Who is not in
 * that database is added; three of the genres that are ranked are theirs.
 */
export const makeFollow = async (url: string, viewers: readonly Viewer[], follows: number): Promise<void> => {
  await withClient(url, async (client) => {
    for (const { id } of viewers) {
      await client.query(
        `INSERT INTO users (id, email, username, display_name, password_hash)
           VALUES ($1::uuid, $1::text || '@example.com', 'v' || $1::text, 'Viewer', 'x') ON CONFLICT DO NOTHING`,
        [id],
      );
      await client.query('DELETE FROM follows WHERE follower_id = $1::uuid', [id]);
      await client.query(
        `INSERT INTO follows (follower_id, followee_id, created_at)
           SELECT $1::uuid, u.id, now() - interval '1 day' FROM users u WHERE NOT u.is_private AND u.id <> $1::uuid
           ORDER BY md5(u.username || $1::text) LIMIT $2`,
        [id, follows],
      );
      await client.query('UPDATE users SET following_count = $2 WHERE id = $1::uuid', [id, follows]);
      await client.query('DELETE FROM user_genres WHERE user_id = $1::uuid', [id]);
      await client.query(
        `INSERT INTO user_genres SELECT $1::uuid, g.genre, 3 FROM (SELECT DISTINCT genre FROM genre_rankings) g
           ORDER BY md5(g.genre || $1::text) LIMIT 3`,
        [id],
      );
    }
  });
};

/** As autovacuum would do it, at a moment that is ours. */
export const vacuum = (url: string): Promise<unknown> => withClient(url, (client) => client.query('VACUUM (ANALYZE)'));
