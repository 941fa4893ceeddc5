import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { log } from '../telemetry/log.ts';
import { nameOfDatabase } from './wait.ts';

export interface MigrateOptions {
  log: Pick<typeof log, 'info' | 'warn'>;
  /** Folder with one folder per migration; the project's own by default. */
  folder?: string;
}

interface Migration {
  name: string;
  script: string;
}

interface Row {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

const OWN_MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** The advisory lock that Prisma takes, so that its `migrate deploy` and this never run at once. */
const LOCK = 72707369;
const LOCK_PATIENCE_MS = 300_000;

/** Character by character the table that Prisma's schema engine makes. */
const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** Statements that PostgreSQL runs outside of transactions only, or that make their own. */
const OWN_TRANSACTION =
  /\bCONCURRENTLY\b|\bVACUUM\b|\bBEGIN\s*(TRANSACTION|WORK)?\s*;|\bSTART\s+TRANSACTION\b|\bCOMMIT\s*;|\bALTER\s+SYSTEM\b/i;

/**
 * Applies the migrations that the database does not have yet, in order, and returns their names. It keeps Prisma's own table in Prisma's
 * own way: `prisma migrate deploy` and this may be used in turn.
 *
 * Where the script allows it, a migration and the row that records it are one transaction: whatever interrupts it, nothing is half-done.
 * @throws Error that names the migration and the database: an earlier one failed half-way, one fails now, the database is not ours.
 */
export const migrate = async (url: string, { log, folder = OWN_MIGRATIONS }: MigrateOptions): Promise<string[]> => {
  const migrations = readMigrations(folder);
  const client = new pg.Client({ connectionString: url, application_name: 'sidechain-migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    await lock(client, log);
    const pending = await findPending(client, migrations, nameOfDatabase(url), log);
    for (const migration of pending) {
      await apply(client, migration);
      log.info(`migration ${migration.name} applied`);
    }
    return pending.map(({ name }) => name);
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
};

const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder)
    .sort()
    .map((name) => ({ name, file: join(folder, name, 'migration.sql') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, script: readFileSync(file, 'utf8') }));

/** By asking again and again: a connection that waits inside PostgreSQL would hold up `CREATE INDEX CONCURRENTLY` of the one it waits for. */
const lock = async (client: pg.Client, log: MigrateOptions['log']): Promise<void> => {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (let told = false; ; told = true) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK]);
    if (rows[0]?.locked) return;
    if (Date.now() > deadline)
      throw new Error('another process has been migrating this database for five minutes: end it first');
    if (!told) log.info('another process is migrating this database: waiting for it');
    await sleep(100);
  }
};

const findPending = async (
  client: pg.Client,
  migrations: Migration[],
  database: string,
  log: MigrateOptions['log'],
): Promise<Migration[]> => {
  const { rows: tables } = await client.query(
    `SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_prisma_migrations'`,
  );
  if (tables.length === 0) {
    await refuseForeign(client, database);
    await client.query(CREATE_TABLE);
    return migrations;
  }
  const { rows } = await client.query<Row>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  const failed = rows.find((row) => row.finished_at === null);
  if (failed) {
    throw new Error(
      `migration ${failed.migration_name} failed half-way on ${database} at an earlier time: repair what it left, then run ` +
        `\`npx prisma migrate resolve --applied ${failed.migration_name}\` or \`--rolled-back\``,
    );
  }
  const done = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  for (const { name, script } of migrations) {
    const checksum = done.get(name);
    if (checksum !== undefined && !matches(script, checksum))
      log.warn(`migration ${name} was changed after it had been applied to ${database}`);
  }
  const known = new Set(migrations.map(({ name }) => name));
  for (const name of done.keys())
    if (!known.has(name)) log.warn(`${database} has migration ${name}, which this version does not know`);
  return migrations.filter(({ name }) => !done.has(name));
};

/** A database that already holds something else is left alone, as Prisma does (its error P3005). */
const refuseForeign = async (client: pg.Client, database: string): Promise<void> => {
  const { rows } = await client.query<{ name: string }>(`
    SELECT relname AS name FROM pg_class c
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    LIMIT 1`);
  if (rows[0])
    throw new Error(
      `the database ${database} is not empty and not Sidechain's (it holds ${rows[0].name}): give an empty one`,
    );
};

const checksumOf = (script: string): string => createHash('sha256').update(script).digest('hex');

/** Line ends do not count: git may have changed them. */
const matches = (script: string, checksum: string): boolean => {
  const unix = script.replaceAll('\r\n', '\n');
  return [script, unix, unix.replaceAll('\n', '\r\n')].some((version) => checksumOf(version) === checksum);
};

const apply = async (client: pg.Client, { name, script }: Migration): Promise<void> => {
  const id = randomUUID();
  const together = !OWN_TRANSACTION.test(script.replaceAll(/--.*$/gm, ''));
  const record = () =>
    client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())',
      [id, checksumOf(script), name],
    );
  try {
    if (together) await client.query('BEGIN');
    await record();
    await client.query(script);
    await client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
    if (together) await client.query('COMMIT');
  } catch (error) {
    const reason = (error as Error).message;
    // The connection may be what failed: then the first error is the one to tell.
    if (together) await client.query('ROLLBACK').catch(() => {});
    else await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, reason]).catch(() => {});
    throw new Error(`migration ${name} failed (${reason})${together ? '; nothing of it was kept' : ''}`, {
      cause: error,
    });
  }
};
