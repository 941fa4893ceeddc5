import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { log } from '../telemetry/log.ts';
import type { Database } from './database.ts';
import { nameOf, preparedGoBy } from './prepared.ts';
import { PrismaClient } from './prisma/client.ts';
import { traced } from './traced-adapter.ts';

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  poolSize: number;
  /** Milliseconds after which the server gives up on a statement. */
  statementTimeout: number;
}

export interface DatabasePool {
  db: Database;
  /** Connections by what they are doing, and requests that wait for one. */
  poolState(): { used: number; idle: number; waiting: number };
  close(): Promise<void>;
}

/** How long a request waits for a connection before it is told that the database is not there. */
const CONNECT_TIMEOUT_MS = 3000;

/** Opens a pool of connections, lazily: nothing is connected before the first query. */
export const createDatabase = (options: DatabaseOptions): DatabasePool => {
  const url = new URL(options.url);
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeout,
    application_name: 'sidechain',
    // Prisma's adapter reads and writes times without their zone, as if the session were in UTC: so it has to be,
    // whatever the server, the role or the URL say.
    onConnect: async (client) => {
      await client.query("SET TIME ZONE 'UTC'");
    },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  // Those that the pool is letting go of may still hear that the server goes down as well.
  let closing = false;
  pool.on('error', (error) => {
    if (!closing) log.warn('a database connection was lost', { error });
  });

  const identity = {
    namespace: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    address: url.hostname,
    port: Number(url.port || 5432),
  };
  const adapter = traced(new PrismaPg(pool, { statementNameGenerator: nameOf }), identity);
  const db = new PrismaClient({ adapter, errorFormat: 'minimal' });
  preparedGoBy(db, adapter.connect());
  return {
    db,
    poolState: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: async () => {
      closing = true;
      await db.$disconnect();
      await pool.end();
    },
  };
};
