import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../processes.ts';
import { SUPERUSER } from './cluster.ts';
import { otherFolders } from './place.ts';

/**
 * The embedded PostgreSQL that another process runs on a data folder, for tools beside it.
 * @returns its URL; undefined when none runs there.
 * @throws when this user may not read its password.
 */
export const findRunningPostgres = (dataDir: string): string | undefined => {
  if (!existsSync(dataDir)) return undefined;
  const wanted = realpathSync(dataDir);
  for (const folder of [wanted, ...otherFolders(wanted)]) {
    const port = portOf(join(folder, 'cluster/data/postmaster.pid'));
    if (port === undefined) continue;
    const password = readFileSync(join(folder, 'cluster/password'), 'utf8').trim();
    return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/sidechain`;
  }
  return undefined;
};

/** What PostgreSQL says of itself while it runs: its process in the first line, its port in the fourth. */
const portOf = (pidFile: string): number | undefined => {
  if (!existsSync(pidFile)) return undefined;
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return isAlive(pid) && port > 0 ? port : undefined;
};
