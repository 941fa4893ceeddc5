import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Log } from '../../telemetry/log.ts';
import { type Account, canEnter, chooseAccount } from './account.ts';

export interface Place {
  folder: string;
  account: Account;
}

const makeFolder = (folder: string): void => {
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      // Whatever the umask: the account that the server runs as must get in; what is inside is closed to others.
      chmodSync(folder, 0o755);
    }
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(`cannot write to ${folder} (${code}): give another folder with --data-dir, or set DATABASE_URL`, {
      cause: error,
    });
  }
};

/** Folders for a project whose own folder the server's account cannot enter, the best first; the same for the same project always. */
export const otherFolders = (wanted: string): string[] => {
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const name = `${basename(dirname(wanted)) || 'sidechain'}-${hash}`;
  return [join('/var/lib/sidechain', name), join(tmpdir(), 'sidechain', name)];
};

/**
 * Where the data goes, and whom the server runs as. That is the wanted folder, unless root starts us and the account that
 * stands in for root cannot get there, as in a home folder closed to others.
 */
export const choosePlace = (wanted: string, log: Log): Place => {
  makeFolder(resolve(wanted));
  const folder = realpathSync(wanted);
  const account = chooseAccount(join(folder, 'cluster'));
  if (canEnter(account, folder)) return { folder, account };
  for (const other of otherFolders(folder)) {
    try {
      makeFolder(other);
    } catch {
      continue;
    }
    const stand = chooseAccount(join(other, 'cluster'));
    if (!canEnter(stand, other)) continue;
    log.warn(
      `PostgreSQL cannot run as root, and the user it runs as cannot enter ${folder}: the data is kept in ${other}`,
    );
    return { folder: other, account: stand };
  }
  throw new Error(
    `PostgreSQL cannot run as root, and the user it runs as cannot enter ${folder}: give another folder with --data-dir, or set DATABASE_URL`,
  );
};
