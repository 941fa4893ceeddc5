import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../../telemetry/log.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** What `initdb` made: the data, and the password of its one user. */
export interface Cluster {
  data: string;
  password: string;
}

export const SUPERUSER = 'sidechain';
const HALF_MADE = 'making-';

/**
 * Opens the cluster in `<folder>/cluster`, making it first when there is none. It is made under another name and renamed when whole,
 * so that one of that name is never half-made by us; what is there and is none is moved aside, never deleted.
 * Only whoever holds the lock of the folder may call this.
 */
export const openCluster = async (folder: string, binaries: Binaries, account: Account, log: Log): Promise<Cluster> => {
  for (const name of readdirSync(folder)) {
    // Left by a start that was killed in the middle; nothing was ever stored in it.
    if (name.startsWith(HALF_MADE)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const home = join(folder, 'cluster');
  if (existsSync(home) && !isWhole(home, binaries)) moveAside(home, log);
  if (!existsSync(home)) await make(folder, home, binaries, account);
  return { data: join(home, 'data'), password: readFileSync(join(home, 'password'), 'utf8').trim() };
};

/** @throws when it is a cluster of another major version, which this one cannot read and nobody may throw away. */
const isWhole = (home: string, binaries: Binaries): boolean => {
  const parts = ['password', 'data/PG_VERSION', 'data/global/pg_control', 'data/postgresql.conf', 'data/pg_hba.conf'];
  let missing: boolean;
  try {
    readdirSync(home);
    missing = parts.some((part) => !existsSync(join(home, part)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw new Error(
      `${home} cannot be read by this user, it was made by another: start as that user, or give another --data-dir`,
      { cause: error },
    );
  }
  if (missing) return false;
  const major = Number.parseInt(readFileSync(join(home, 'data/PG_VERSION'), 'utf8'), 10);
  if (major === binaries.major) return true;
  throw new Error(
    `${home} holds data of PostgreSQL ${major}, this is ${binaries.major}: move that folder away, or give another --data-dir`,
  );
};

const moveAside = (home: string, log: Log): void => {
  try {
    rmdirSync(home);
    return;
  } catch {
    // Not empty: somebody may want what is in it.
  }
  const aside = `${home}.incomplete-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(home, aside);
  log.warn(`${home} was incomplete; it was moved to ${aside} and a new one is made`);
};

const make = async (folder: string, home: string, binaries: Binaries, account: Account): Promise<void> => {
  const half = mkdtempSync(join(folder, HALF_MADE));
  const passwordFile = join(half, 'password');
  try {
    writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    mkdirSync(join(half, 'data'), { mode: 0o700 });
    chmodSync(half, 0o700);
    if (account.uid !== undefined)
      for (const path of [half, passwordFile, join(half, 'data')]) chownSync(path, account.uid, account.gid);
    await promisify(execFile)(
      join(binaries.folder, 'bin/initdb'),
      // The locale is PostgreSQL's own, so that text sorts alike on every machine.
      [
        ...[
          '-D',
          join(half, 'data'),
          '-U',
          SUPERUSER,
          '--pwfile',
          passwordFile,
          '--auth',
          'scram-sha-256',
          '--no-instructions',
        ],
        ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ],
      { ...account, cwd: '/' },
    );
    renameSync(half, home);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    const said = (error as Error & { stderr?: string }).stderr
      ?.trim()
      .split('\n')
      .find((line) => /error|fatal/i.test(line));
    throw new Error(`no database could be made in ${folder}: ${said ?? (error as Error).message}`, { cause: error });
  }
};
