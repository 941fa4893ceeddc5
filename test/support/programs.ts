import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The real servers that tests use beside the embedded PostgreSQL. */
export const PARTS = {
  postgres15: { program: 'postgres', packages: ['postgresql-15'], image: 'postgres:15' },
  redis: { program: 'redis-server', packages: ['redis-server'], image: 'redis:7' },
  prometheus: { program: 'prometheus', packages: ['prometheus'], image: 'prom/prometheus:v3.5.0' },
} as const;

export type Part = keyof typeof PARTS;

/** How a part can be run here: a program of this machine, or a container. */
export type Way = { program: string } | { image: string } | { missing: string };

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Debian keeps PostgreSQL's programs out of the PATH, a folder for each version. */
const postgresFolders = (): string[] =>
  existsSync('/usr/lib/postgresql/15/bin') ? ['/usr/lib/postgresql/15/bin'] : [];

const isVersion15 = (file: string): boolean => / 15\./.test(execFileSync(file, ['--version'], { encoding: 'utf8' }));

const find = (part: Part): string | undefined => {
  const folders = [...(part === 'postgres15' ? postgresFolders() : []), ...(process.env.PATH ?? '').split(delimiter)];
  const files = folders.map((folder) => join(folder, PARTS[part].program)).filter(isExecutable);
  return files.find((file) => part !== 'postgres15' || isVersion15(file));
};

const isDebian = (): boolean => existsSync('/etc/debian_version') && isExecutable('/usr/bin/apt-get');

/** Debian's own packages, without the services that would start with them. */
const install = (parts: readonly Part[]): string | undefined => {
  const run = (...args: string[]) =>
    execFileSync('apt-get', args, {
      stdio: 'pipe',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  try {
    run('update');
    run('install', '--yes', '--no-install-recommends', ...parts.flatMap((part) => PARTS[part].packages));
    return undefined;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
  }
};

const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
};

/** Finds every part, or gets it: on the machine, from Debian when we are root, from Docker. */
export const findPrograms = (): Record<Part, Way> => {
  const parts = Object.keys(PARTS) as Part[];
  const absent = parts.filter((part) => find(part) === undefined);
  let reason = 'not installed, and only root on Debian can install it';
  if (absent.length > 0 && isDebian() && process.getuid?.() === 0) {
    console.log(`tests: installing ${absent.join(', ')} from Debian`);
    reason = install(absent) ?? 'not in its Debian package';
  }
  let docker: boolean | undefined;
  const wayOf = (part: Part): Way => {
    const program = find(part);
    if (program) return { program };
    docker ??= hasDocker();
    return docker
      ? { image: PARTS[part].image }
      : { missing: `${PARTS[part].program}: ${reason}; no Docker engine either` };
  };
  return { postgres15: wayOf('postgres15'), redis: wayOf('redis'), prometheus: wayOf('prometheus') };
};
