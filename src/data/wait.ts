import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { log } from '../telemetry/log.ts';

export interface WaitOptions {
  /** How long to wait for a database that is not there; 0: one try. */
  seconds: number;
  log: Pick<typeof log, 'info' | 'warn'>;
}

/** PostgreSQL 15, in the form of `server_version_num`. */
const OLDEST_SUPPORTED = 150_000;
const RETRY_EVERY_MS = 200;

/** SQLSTATEs of a server that is there and will not have us: waiting changes nothing. */
const REFUSALS: Record<string, string> = {
  '28P01': 'refuses the password',
  '28000': 'refuses this user',
  '3D000': 'has no database of that name',
  '42501': 'does not let this user in',
};

/** `host:port/database` of a connection string: what may be shown of it. */
export const nameOfDatabase = (url: string): string => {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname === '/' ? '' : decodeURIComponent(pathname)}`;
};

/**
 * Returns as soon as the database answers.
 * @throws Error with one line that names it, never its password: when it does not answer in time, refuses us, or is too old.
 */
export const waitForDatabase = async (url: string, { seconds, log }: WaitOptions): Promise<void> => {
  const name = nameOfDatabase(url);
  const deadline = Date.now() + seconds * 1000;
  for (let told = false; ; told = true) {
    const left = deadline - Date.now();
    const failure = await tryOnce(url, name, Math.max(1000, Math.min(left, 5000)));
    if (failure === undefined) return;
    if (deadline - Date.now() <= RETRY_EVERY_MS) {
      throw new Error(
        `no database at ${name}${seconds > 0 ? ` after ${seconds} s` : ''} (${failure}): start it, or correct DATABASE_URL`,
      );
    }
    if (!told) log.warn(`waiting up to ${seconds} s for the database at ${name} (${failure})`);
    await sleep(RETRY_EVERY_MS);
  }
};

/** What stood in the way, if it may pass. */
const tryOnce = async (url: string, name: string, timeout: number): Promise<string | undefined> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeout, query_timeout: timeout });
  client.on('error', () => {});
  let version: number;
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    version = Number(rows[0]?.version);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const refusal = code && REFUSALS[code];
    if (refusal) throw new Error(`the server of ${name} ${refusal}: correct DATABASE_URL`, { cause: error });
    return code ?? message;
  } finally {
    client.end().catch(() => {});
  }
  if (version >= OLDEST_SUPPORTED) return undefined;
  throw new Error(`the database at ${name} is PostgreSQL ${Math.floor(version / 10_000)}: 15 or later is needed`);
};
