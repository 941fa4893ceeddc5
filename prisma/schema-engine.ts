import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import { type MigrationList, SchemaEngine, type SchemasContainer } from '@prisma/schema-engine-wasm';
import type pg from 'pg';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const SCHEMA = join(FOLDER, 'schema.prisma');
export const MIGRATIONS = join(FOLDER, 'migrations');

export const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** schema.prisma in the engine's form. */
export const readSchema = (): SchemasContainer => ({
  files: [{ path: SCHEMA, content: readFileSync(SCHEMA, 'utf8') }],
});

/** The migrations in the engine's form, the oldest first. */
export const readMigrations = (folder: string = MIGRATIONS): MigrationList => ({
  baseDir: folder,
  lockfile: { path: 'migration_lock.toml', content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8') },
  shadowDbInitScript: '',
  migrationDirectories: readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
});

type Connection = { host: string; port: number; user: string; password: string; database: string };
type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** The catalog's internal type `"char"`, which Prisma's adapter does not know. */
const CHAR = 18;
const TEXT = 25;

/** Mends what Prisma's adapter, made for queries, lacks for reading a schema. The engine asks one thing after the other. */
const connect = async (connection: Connection): Promise<Adapter> => {
  const adapter = await new PrismaPg(connection).connect();
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const queryRaw = adapter.queryRaw.bind(adapter);
  let chars: number[] = [];
  pool.query = (async (...args: unknown[]) => {
    const result = await query(...args);
    chars = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === CHAR ? [index] : []));
    for (const index of chars) Object.assign(result.fields[index] ?? {}, { dataTypeID: TEXT });
    return result;
  }) as typeof pool.query;
  return Object.assign(adapter, {
    queryRaw: async (asked: SqlQuery): Promise<SqlResultSet> => {
      const result = await queryRaw(asked);
      for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    },
    // It cuts a script at every semicolon, those inside of functions too; PostgreSQL takes it as a whole.
    executeScript: async (script: string): Promise<void> => {
      await query(script);
    },
  });
};

const adapterFactory = (connection: Connection, opened: Adapter[]): SqlMigrationAwareDriverAdapterFactory => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: async () => {
    const adapter = await connect(connection);
    opened.push(adapter);
    return adapter;
  },
  connectToShadowDb: async () => {
    const database = `prisma_migrate_shadow_db_${randomUUID()}`;
    const main = await connect(connection);
    await main.executeScript(`CREATE DATABASE "${database}"`);
    const shadow = await connect({ ...connection, database });
    return Object.assign(shadow, {
      dispose: async (): Promise<void> => {
        await shadow.underlyingDriver().end();
        await main.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`);
        await main.dispose();
      },
    });
  },
});

/**
 * Prisma's own schema engine, in the form that comes through npm: the binary that its command line wants has to be downloaded
 * from elsewhere, which does not work everywhere.
 * @param url a database of a server on which it may make and drop shadow databases
 */
export const openSchemaEngine = async (url: string): Promise<{ engine: SchemaEngine; close(): Promise<void> }> => {
  const opened: Adapter[] = [];
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
  const datamodels = readSchema().files.map(({ path, content }): [string, string] => [path, content]);
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(connection, opened));
  const engine = await SchemaEngine.new({ datamodels }, () => {}, factory);
  return {
    engine,
    // With its connections goes the lock that it takes for migrations.
    close: async () => {
      engine.free();
      await Promise.all(opened.map((adapter) => adapter.dispose()));
    },
  };
};

/** The SQL that makes what schema.prisma says out of nothing, or out of what the migrations make. */
export const writeSql = async (engine: SchemaEngine, from: 'empty' | 'migrations'): Promise<string> => {
  const { stdout } = await engine.diff({
    from: from === 'empty' ? { tag: 'empty' } : { tag: 'migrations', ...readMigrations() },
    to: { tag: 'schemaDatamodel', ...readSchema() },
    script: true,
    exitCode: null,
    filters: NO_FILTERS,
  });
  return stdout ?? '';
};
