import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../telemetry/log.ts';
import { freePort } from '../free-port.ts';
import { endGuarded } from '../guardian.ts';
import { prepareBinaries } from './binaries.ts';
import { openCluster, SUPERUSER } from './cluster.ts';
import { lockFolder } from './instance-lock.ts';
import { choosePlace } from './place.ts';
import { type Launch, LaunchFailed, launch, stopOrphan } from './server.ts';

export interface EmbeddedPostgres {
  /** Of a database of its own, with the password. */
  url: string;
  port: number;
  /** Ends it in order. May be called more than once. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder for the data; made if it is not there. What others keep in it is left alone. */
  dataDir: string;
  /** 0 or nothing: a free one. */
  port?: number;
  log: Log;
  /** Parameters of `postgresql.conf` that differ from the frugal ones chosen here. */
  settings?: Readonly<Record<string, string>>;
}

const DATABASE = 'sidechain';

/**
 * Runs the real PostgreSQL that npm has brought along, on 127.0.0.1 only and with a random password. It ends with this process,
 * also when this process is killed; its data stays.
 * @throws Error with one line for the person at the terminal: the folder is in use, cannot be written to, holds another version's data...
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  if (process.platform === 'win32')
    throw new Error('the embedded PostgreSQL does not run on Windows: use WSL, or set DATABASE_URL');
  const { log } = options;
  const { folder, account } = choosePlace(options.dataDir, log);
  const unlock = await lockFolder(folder);
  try {
    const binaries = prepareBinaries(account, folder);
    const { data, password } = await openCluster(folder, binaries, account, log);
    await stopOrphan(data);
    const messages = join(folder, 'server.log');
    const { child, port } = await launchSomewhere(
      { binaries, account, data, messages, settings: options.settings ?? {} },
      options.port ?? 0,
    );
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopping ??= endGuarded(child).finally(unlock);
      return stopping;
    };
    child.once('exit', (code, signal) => {
      if (stopping) return;
      log.error(`the embedded PostgreSQL has ended (${signal ?? code}); its last words are in ${messages}`);
      // Should only its guardian be dead, the server must not live on without one.
      stopOrphan(data).then(unlock, () => {});
    });
    const at = (database: string): string => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
    try {
      await untilAccepting(() => makeDatabase(at('postgres')));
    } catch (error) {
      await stop();
      throw error;
    }
    log.info(`embedded PostgreSQL ${binaries.major} is running`, { port, data });
    return { url: at(DATABASE), port, stop };
  } catch (error) {
    unlock();
    throw error;
  }
};

const launchSomewhere = async (
  options: Omit<Launch, 'port'>,
  wanted: number,
): Promise<{ child: ChildProcess; port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted || (await freePort());
    try {
      return { child: await launch({ ...options, port }), port };
    } catch (error) {
      if (!(error instanceof LaunchFailed)) throw error;
      const taken = /could not bind/.test(error.message);
      // The port may have been taken since we saw it free; processes of a killed server may need a moment to notice that it is gone.
      const passing = (taken && wanted === 0) || /pre-existing shared memory block/.test(error.message);
      if (passing && attempt < 20) {
        await sleep(taken ? 0 : 500);
        continue;
      }
      if (taken) throw new Error(`port ${port}, wanted for PostgreSQL, is taken`, { cause: error });
      throw new Error(`the embedded PostgreSQL did not start: ${error.message}`, { cause: error });
    }
  }
};

/** SQLSTATE `cannot_connect_now`: for a moment the server says that it is ready and still turns connections away. */
const STARTING_UP = '57P03';

const untilAccepting = async (connect: () => Promise<void>): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect();
    } catch (error) {
      if ((error as { code?: unknown }).code !== STARTING_UP || attempt >= 100) throw error;
      await sleep(50);
    }
  }
};

const makeDatabase = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
};
