import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/data/migrate.ts';
import { fillDatabase } from '../../src/data/seed/fill.ts';
import { createAccessTokens } from '../../src/features/auth/tokens.ts';
import { startEmbeddedPostgres } from '../../src/integrations/postgres/embedded.ts';
import { findPrograms } from '../../test/support/programs.ts';
import { removeTemporaryFolders, startRedis, type TestServer, temporaryFolder } from '../../test/support/servers.ts';

/** A viewer who is signed in. */
export interface Viewer {
  id: string;
  token: string;
}

/** What the servers of a benchmark share: PostgreSQL with people and posts in it, Redis, and secrets. */
export interface World {
  databaseUrl: string;
  /** For the environment of a server; all servers of a world accept each other's tokens. */
  env: Readonly<Record<string, string>>;
  /** Runs SQL. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Tokens that hold for 15 minutes from now, of people spread over the whole world. */
  viewers(count: number): Promise<Viewer[]>;
  close(): Promise<void>;
}

export interface WorldOptions {
  users?: number;
  posts?: number;
  say(line: string): void;
}

const quiet = { info: () => {}, warn: console.warn, error: console.error };

/** All that is read fits into memory, and nothing is vacuumed meanwhile. */
const SETTINGS = { shared_buffers: '256MB', max_connections: '200', autovacuum: 'off' };

/** The same key for all servers of a world, made by the bench: nothing has to log in. */
const makeSecrets = () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const env = {
    AUTH_SIGNING_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    APP_SECRET: randomBytes(48).toString('base64url'),
  };
  const never = { isRevoked: () => false, revoke: async () => {} };
  return { env, tokens: createAccessTokens({ signingKey: privateKey }, () => new Date(), never) };
};

/**
 * Starts the embedded PostgreSQL with a generated world in it, and a real Redis.
 * @throws Error when Redis is not installed and cannot be
 */
export const startWorld = async ({ users = 2000, posts = 10_000, say }: WorldOptions): Promise<World> => {
  const way = findPrograms(['redis']).redis;
  if ('missing' in way) throw new Error(`this benchmark needs Redis: ${way.missing}`);
  const began = performance.now();
  let redis: TestServer | undefined;
  const postgres = await startEmbeddedPostgres({
    dataDir: temporaryFolder('postgres'),
    log: quiet,
    settings: SETTINGS,
  });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  const close = async (): Promise<void> => {
    await pool.end();
    await Promise.all([redis?.stop(), postgres.stop()]);
    removeTemporaryFolders();
  };
  try {
    redis = await startRedis(way);
    await migrate(postgres.url, { log: quiet });
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await fillDatabase(client, { users, posts, seed: 42, now: Date.now(), likesPerPost: 8 });
    await client.query('VACUUM (ANALYZE)');
    await client.end();
    say(
      `PostgreSQL with ${users} people and ${posts} posts, and Redis: ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
  } catch (error) {
    await close();
    throw error;
  }
  const { env, tokens } = makeSecrets();
  return {
    databaseUrl: postgres.url,
    env: { ...env, DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    viewers: async (count) => {
      const { rows } = await pool.query<{ id: string; email: string; username: string }>(
        `SELECT id, email, username FROM (SELECT id, email, username, row_number() OVER (ORDER BY id) AS place FROM users) AS all_users
         WHERE place % greatest(1, $1::int / $2::int) = 0 ORDER BY place LIMIT $2`,
        [users, count],
      );
      return Promise.all(
        rows.map(async (row) => ({
          id: row.id,
          token: (await tokens.sign({ ...row, roles: [] }, randomUUID())).token,
        })),
      );
    },
    close,
  };
};
