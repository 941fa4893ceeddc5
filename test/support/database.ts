import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDatabase } from '../../src/data/create-database.ts';
import type { Database } from '../../src/data/database.ts';
import { openAudioQueue } from '../../src/data/jobs/open-audio-queue.ts';
import { migrate } from '../../src/data/migrate.ts';

/** A migrated database on each server that every database of a test is copied from, which is faster than migrating. */
const TEMPLATE = 'sidechain_template';

export interface TestDatabase {
  url: string;
  db: Database;
  close(): Promise<void>;
}

/** The same server, another database. */
const at = (server: string, database: string): string => {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
};

/** Runs one statement on the server itself. */
export const onServer = async (server: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: at(server, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

/** Once per server, by the global setup. */
export const makeTemplate = async (server: string): Promise<void> => {
  await onServer(server, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(at(server, TEMPLATE), { log: { info: () => {}, warn: console.warn } });
  const jobs = await openAudioQueue({ url: at(server, TEMPLATE), works: false, lease: 15, retryDelay: 0 });
  await jobs.close();
  await onServer(server, `ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
};

const serverOf = (name: 'TEST_POSTGRES_URL' | 'TEST_POSTGRES15_URL'): string => {
  const url = process.env[name];
  if (!url)
    throw new Error(
      `${name} is not set: run the tests with vitest, and those of PostgreSQL 15 under describeWith('postgres15')`,
    );
  return url;
};

/** Servers to run a test on. `postgres15` is there under `describeWith('postgres15')` only. */
export type Server = 'embedded' | 'postgres15';

export const serverUrl = (server: Server): string =>
  serverOf(server === 'embedded' ? 'TEST_POSTGRES_URL' : 'TEST_POSTGRES15_URL');

/** An empty database, without tables. */
export const createEmptyDatabase = async (
  server: Server = 'embedded',
): Promise<{ url: string; close(): Promise<void> }> => create(server, 'template0');

const create = async (server: Server, template: string): Promise<{ url: string; close(): Promise<void> }> => {
  const admin = serverUrl(server);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(admin, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: at(admin, name), close: () => onServer(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
};

/** A migrated database of its own for one test file, on the embedded PostgreSQL 18 unless another is asked for. */
export const createTestDatabase = async (server: Server = 'embedded'): Promise<TestDatabase> => {
  const { url, close } = await create(server, TEMPLATE);
  const pool = createDatabase({ url, poolSize: 10, statementTimeout: 30_000 });
  return {
    url,
    db: pool.db,
    close: async () => {
      await pool.close();
      await close();
    },
  };
};
