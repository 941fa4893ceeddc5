import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, spawnGuarded } from '../guardian.ts';
import { commandOf, isAlive, until } from '../processes.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** So that the database stays small beside the API, and says nothing of its users' data in its log. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '32MB',
  jit: 'off',
  // One process reads for itself instead of three that wait to read for it.
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '1',
  // No replicas, so none of what serves them.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_wal_size: '256MB',
  // Failed statements are told to whoever sent them; their text and values may be private.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

export interface Launch {
  binaries: Binaries;
  account: Account;
  data: string;
  port: number;
  /** File that the server's own messages go to. */
  messages: string;
  settings: Readonly<Record<string, string>>;
}

interface PidFile {
  pid: number;
  /** Tells one run of a server from another. */
  run: string;
  ready: boolean;
}

/** What PostgreSQL says of itself: id, folder, start time, port, socket, address, memory key, state; one a line. */
const readPidFile = (data: string): PidFile | undefined => {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), run: `${lines[0]} ${lines[2]}`, ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
};

/** Thrown when the server has ended before it was ready; the message is its own last words. */
export class LaunchFailed extends Error {
  override readonly name = 'LaunchFailed';
}

const lastWords = (messages: string): string => {
  const lines = readFileSync(messages, 'utf8').trim().split('\n');
  const told = lines.filter((line) => /FATAL|PANIC|could not/.test(line));
  return (
    (told.length > 0 ? told : lines.slice(-3)).join('; ').replaceAll(/\d{4}-\d\d-\d\d [\d:.]+ \S+ \[\d+\] /g, '') ||
    'it said nothing'
  );
};

/** Starts the server and waits until it is ready. */
export const launch = async (options: Launch): Promise<ChildProcess> => {
  const { binaries, account, data, messages } = options;
  const before = readPidFile(data)?.run;
  // Made anew each time: it may be another user's, and nobody rotates it.
  rmSync(messages, { force: true });
  const output = openSync(messages, 'wx', 0o600);
  const settings = { ...SETTINGS, ...options.settings, port: String(options.port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawnGuarded({
    command: join(binaries.folder, 'bin/postgres'),
    args: ['-D', data, ...flags],
    signals: ['INT', 'QUIT'],
    output,
    account,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
  closeSync(output);
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const ended = (): boolean => failure !== undefined || hasEnded(child);
  const ready = (): boolean => {
    const now = readPidFile(data);
    return now?.ready === true && now.run !== before;
  };
  // Replaying the log after a crash may take a while.
  const inTime = await until(() => ready() || ended(), 120_000, 10);
  if (inTime && !ended()) return child;
  child.stdin?.end();
  throw new LaunchFailed(failure?.message ?? (inTime ? lastWords(messages) : 'not ready after two minutes'));
};

/**
 * Stops a server of this folder that has outlived the process that started it. To be called only with the folder's lock in hand.
 * @throws when it will not go.
 */
export const stopOrphan = async (data: string): Promise<void> => {
  const found = readPidFile(data);
  if (!found || !Number.isInteger(found.pid) || found.pid <= 1 || !isAlive(found.pid)) return;
  if (!isPostgresOf(found.pid, data)) {
    // The id belongs to something else by now; PostgreSQL would take that for a running server and refuse.
    rmSync(join(data, 'postmaster.pid'), { force: true });
    return;
  }
  const gone = (): boolean => !isPostgresOf(found.pid, data);
  // Its guardian may be stopping it at this moment.
  for (const [signal, patience] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    try {
      process.kill(found.pid, signal);
    } catch {
      // Gone between two lines, or not ours to stop: the wait tells.
    }
    if (await until(gone, patience)) return;
  }
  throw new Error(`a PostgreSQL (process ${found.pid}) runs on ${data} and does not stop: stop it by hand`);
};

/** Whether the process is a PostgreSQL server of this very data folder, and not one that was given its id later. */
const isPostgresOf = (pid: number, data: string): boolean =>
  isAlive(pid) && !commandOf(pid).startsWith('/bin/sh') && commandOf(pid).includes(`/postgres -D ${data} `);
