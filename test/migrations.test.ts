import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MIGRATIONS, NO_FILTERS, openSchemaEngine, readMigrations, writeSql } from '../prisma/schema-engine.ts';
import { migrate } from '../src/data/migrate.ts';
import { readCatalog } from './support/catalog.ts';
import { createEmptyDatabase, type Server } from './support/database.ts';
import { describeWith } from './support/parts.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const emptyDatabase = async (server: Server): Promise<string> => {
  const { url, close } = await createEmptyDatabase(server);
  cleanups.push(close);
  return url;
};

const query = async <T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** The project's migrations and more. */
const migrationsWith = (more: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  cpSync(MIGRATIONS, folder, { recursive: true });
  for (const [name, sql] of Object.entries(more)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
};

const log = { info: () => {}, warn: () => {} };

const servers = [
  { server: 'embedded', name: 'PostgreSQL 18', describe },
  { server: 'postgres15', name: 'PostgreSQL 15', describe: describeWith('postgres15') },
] as const;

for (const { server, name, describe } of servers) {
  describe(`migrations on ${name}`, () => {
    it('make exactly what schema.prisma says', async () => {
      const migrated = await emptyDatabase(server);
      await migrate(migrated, { log });
      const { engine, close } = await openSchemaEngine(migrated);
      cleanups.push(close);
      const made = await emptyDatabase(server);
      await query(made, 'CREATE EXTENSION IF NOT EXISTS pg_trgm');
      await query(made, await writeSql(engine, 'empty'));
      expect(await readCatalog(migrated)).toEqual(await readCatalog(made));
      // And the engine itself sees no difference.
      expect((await writeSql(engine, 'migrations')).trim()).toBe('-- This is an empty migration.');
    });

    it('leave nothing to do for Prisma', async () => {
      const url = await emptyDatabase(server);
      expect(await migrate(url, { log })).toEqual(readMigrations().migrationDirectories.map(({ path }) => path));
      const { engine, close } = await openSchemaEngine(url);
      cleanups.push(close);
      const migrationsList = readMigrations();
      expect(
        await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: true, filters: NO_FILTERS }),
      ).toEqual({
        editedMigrationNames: [],
        failedMigrationNames: [],
        hasMigrationsTable: true,
        history: null,
      });
      expect(await engine.applyMigrations({ migrationsList, filters: NO_FILTERS })).toEqual({
        appliedMigrationNames: [],
      });
    });

    it('find nothing to do after Prisma, whose table and rows are like ours', async () => {
      const theirs = await emptyDatabase(server);
      const { engine, close } = await openSchemaEngine(theirs);
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: readMigrations(),
        filters: NO_FILTERS,
      });
      await close();
      expect(appliedMigrationNames).toHaveLength(readMigrations().migrationDirectories.length);
      const warn = vi.fn();
      expect(await migrate(theirs, { log: { ...log, warn } })).toEqual([]);
      expect(warn).not.toHaveBeenCalled();

      const ours = await emptyDatabase(server);
      await migrate(ours, { log });
      const table = `
        SELECT column_name, data_type, character_maximum_length, column_default, is_nullable
        FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
      expect(await query(ours, table)).toEqual(await query(theirs, table));
      const rows = `
        SELECT length(id) AS id, checksum, finished_at >= started_at AS finished, migration_name, logs, rolled_back_at, applied_steps_count
        FROM _prisma_migrations ORDER BY migration_name`;
      expect(await query(ours, rows)).toEqual(await query(theirs, rows));
    });

    it('are applied once by two starters at the same time', async () => {
      const url = await emptyDatabase(server);
      const applied = await Promise.all([1, 2, 3].map(() => migrate(url, { log })));
      expect(applied.flat()).toHaveLength(readMigrations().migrationDirectories.length);
    });

    it('leave nothing behind when one fails, and can be tried again', async () => {
      const url = await emptyDatabase(server);
      const broken = migrationsWith({
        '99990101000000_broken': 'CREATE TABLE half (id int); SELECT no_such_function();',
      });
      await expect(migrate(url, { log, folder: broken })).rejects.toThrow(
        /99990101000000_broken failed .*no_such_function.*nothing of it was kept/,
      );
      expect(await query(url, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
      const mended = migrationsWith({ '99990101000000_broken': 'CREATE TABLE half (id int);' });
      expect(await migrate(url, { log, folder: mended })).toEqual(['99990101000000_broken']);
    });

    it('that cannot be in a transaction are recorded as failed, as Prisma does, and stop the next start', async () => {
      const url = await emptyDatabase(server);
      const folder = migrationsWith({
        '99990101000000_concurrent': 'CREATE INDEX CONCURRENTLY twice ON no_such_table (id);',
      });
      await expect(migrate(url, { log, folder })).rejects.toThrow(/99990101000000_concurrent failed/);
      await expect(migrate(url, { log, folder })).rejects.toThrow(
        /99990101000000_concurrent failed half-way .* resolve/,
      );
      const { engine, close } = await openSchemaEngine(url);
      cleanups.push(close);
      const asked = { migrationsList: readMigrations(folder), optInToShadowDatabase: false, filters: NO_FILTERS };
      expect((await engine.diagnoseMigrationHistory(asked)).failedMigrationNames).toEqual([
        '99990101000000_concurrent',
      ]);
    });
  });
}

describe('migrations', () => {
  it('warn of one that was changed after it had been applied, not of other line ends', async () => {
    const url = await emptyDatabase('embedded');
    const before = migrationsWith({
      '99990101000000_a': 'CREATE TABLE a (id int);\n',
      '99990101000001_b': 'CREATE TABLE b (id int);\n',
    });
    await migrate(url, { log, folder: before });
    const after = migrationsWith({
      '99990101000000_a': 'CREATE TABLE a (id text);\n',
      '99990101000001_b': 'CREATE TABLE b (id int);\r\n',
    });
    const warn = vi.fn();
    expect(await migrate(url, { log: { ...log, warn }, folder: after })).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^migration 99990101000000_a was changed/)]]);
  });

  it('keep off a database that holds something else', async () => {
    const url = await emptyDatabase('embedded');
    await query(url, 'CREATE TABLE payroll (id int)');
    await expect(migrate(url, { log })).rejects.toThrow(/is not empty and not Sidechain's \(it holds payroll\)/);
  });
});
