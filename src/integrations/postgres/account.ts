import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/** Whom the server runs as, in the form that `spawn` takes: empty for ourselves. */
export type Account = { uid: number; gid: number } | Record<string, never>;

const find = (name: string): Account | undefined => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
};

/**
 * PostgreSQL refuses to run as root. Root lends it the account that owns its data, else the user `postgres`, made if need be;
 * everyone else runs it as themselves.
 */
export const chooseAccount = (cluster: string): Account => {
  if (process.getuid?.() !== 0) return {};
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = find('postgres');
  if (known) return known;
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/sh', 'postgres'], {
      stdio: 'pipe',
    });
  } catch (error) {
    if (!find('postgres')) {
      throw new Error(
        'PostgreSQL does not run as root and the user "postgres" could not be made: start as another user, or set DATABASE_URL',
        { cause: error },
      );
    }
  }
  const made = find('postgres');
  if (!made)
    throw new Error(
      'the user "postgres" was made but is not in /etc/passwd: start as another user, or set DATABASE_URL',
    );
  return made;
};

/** Whether that account can get into a folder. */
export const canEnter = (account: Account, folder: string): boolean => {
  if (account.uid === undefined) return true;
  try {
    execFileSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
