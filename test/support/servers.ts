import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForDatabase } from '../../src/data/wait.ts';
import { freePort } from '../../src/integrations/free-port.ts';
import { endGuarded, hasEnded, spawnGuarded } from '../../src/integrations/guardian.ts';
import { chooseAccount } from '../../src/integrations/postgres/account.ts';
import { isAlive } from '../../src/integrations/processes.ts';
import type { Part, Way } from './programs.ts';

/** A server of the tests: on a free port of 127.0.0.1, in a temporary folder, dead when this process is. */
export interface TestServer {
  url: string;
  port: number;
  stop(): Promise<void>;
}

const PREFIX = 'sidechain-test-';

/** A folder that this run may do with as it likes. Folders of runs that were killed are swept away on the way. */
export const temporaryFolder = (name: string): string => {
  const root = join(tmpdir(), `${PREFIX}${process.pid}`);
  for (const other of readdirSync(tmpdir())) {
    const pid = Number(other.startsWith(PREFIX) ? other.slice(PREFIX.length) : Number.NaN);
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(tmpdir(), other), { recursive: true, force: true });
  }
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(root, `${name}-`));
  // PostgreSQL, which does not run as root, must get in.
  chmodSync(folder, 0o755);
  return folder;
};

export const removeTemporaryFolders = (): void =>
  rmSync(join(tmpdir(), `${PREFIX}${process.pid}`), { recursive: true, force: true });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false));
    socket.once('close', () => socket.destroy()).setTimeout(1000, () => socket.destroy());
    socket.once('connect', () => socket.end());
  });

interface Command {
  name: string;
  port: number;
  url: string;
  folder: string;
  program: string;
  args: readonly string[];
  account?: { uid?: number; gid?: number };
  /** What ends it first. */
  signal?: 'TERM' | 'KILL';
}

/** Starts a server, and waits until its port is open. @throws with its last words when it is not within a minute. */
export const run = async (command: Command): Promise<TestServer> => {
  const { name, port, url, folder, program, args, account = {}, signal = 'TERM' } = command;
  const file = join(folder, 'output.log');
  const output = openSync(file, 'w');
  const child = spawnGuarded({ command: program, args, signals: [signal, 'KILL'], output, account });
  closeSync(output);
  const deadline = Date.now() + 60_000;
  while (!(await answers(port))) {
    if (hasEnded(child) || Date.now() > deadline) {
      await endGuarded(child);
      throw new Error(`${name} did not start:\n${readFileSync(file, 'utf8').slice(-2000)}`);
    }
    await sleep(20);
  }
  return { url, port, stop: () => endGuarded(child) };
};

/** The same command in a container, on the network of this machine. */
export const command = (
  way: Way,
  args: readonly string[],
  dockerArgs: readonly string[] = [],
): Pick<Command, 'program' | 'args'> => {
  if ('missing' in way) throw new Error(way.missing);
  if ('program' in way) return { program: way.program, args };
  return { program: 'docker', args: ['run', '--rm', '--init', '--network', 'host', ...dockerArgs, way.image, ...args] };
};

/** Redis that stores nothing. Stop it and start another on the same port to see what an outage does. */
export const startRedis = async (way: Way = wayOf('redis'), port?: number): Promise<TestServer> => {
  const at = port ?? (await freePort());
  const folder = temporaryFolder('redis');
  const args = ['--port', String(at), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const inContainer = 'image' in way ? ['redis-server', ...args] : [...args, '--dir', folder];
  return run({ name: 'Redis', port: at, url: `redis://127.0.0.1:${at}`, folder, ...command(way, inContainer) });
};

const FAST = [
  '-c',
  'fsync=off',
  '-c',
  'synchronous_commit=off',
  '-c',
  'full_page_writes=off',
  '-c',
  'max_connections=200',
];

/** PostgreSQL 15, the oldest that is supported. */
export const startPostgres15 = async (way: Way = wayOf('postgres15')): Promise<TestServer> => {
  const server = await launchPostgres15(way);
  // It listens before it is ready.
  await waitForDatabase(server.url, { seconds: 30, log: { info: () => {}, warn: () => {} } });
  return server;
};

const launchPostgres15 = async (way: Way): Promise<TestServer> => {
  const port = await freePort();
  const folder = temporaryFolder('postgres15');
  const password = randomBytes(12).toString('hex');
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  const settings = [
    ...FAST,
    ...['-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
  ];
  if (!('program' in way)) {
    return run({
      name: 'PostgreSQL 15',
      port,
      url,
      folder,
      ...command(way, settings, ['-e', `POSTGRES_PASSWORD=${password}`]),
    });
  }
  const account = chooseAccount(join(folder, 'data'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (account.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
  const data = join(folder, 'data');
  const initdb = [
    '-D',
    data,
    '-U',
    'postgres',
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--no-sync',
  ];
  execFileSync(join(dirname(way.program), 'initdb'), [...initdb, '--locale', 'C.UTF-8'], {
    ...account,
    cwd: '/',
    stdio: 'pipe',
  });
  return run({
    name: 'PostgreSQL 15',
    port,
    url,
    folder,
    account,
    program: way.program,
    args: ['-D', data, ...settings],
  });
};

/**
 * Prometheus with exemplar storage.
 * @param config the text of its configuration file
 */
export const startPrometheus = async (config: string, way: Way = wayOf('prometheus')): Promise<TestServer> => {
  const port = await freePort();
  const folder = temporaryFolder('prometheus');
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, config);
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ];
  return run({
    name: 'Prometheus',
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    ...command(way, args, ['--user', 'root', '-v', `${folder}:${folder}`]),
  });
};

/** What the global setup has found out about a part. */
export const wayOf = (part: Part): Way => {
  const ways = process.env.TEST_PARTS;
  if (!ways) throw new Error('the global setup of vitest has not run');
  return (JSON.parse(ways) as Record<Part, Way>)[part];
};
