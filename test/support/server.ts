import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepOutput } from './secrets.ts';

/** The product as a process of its own, started as `npm start` starts it. */
export interface ServerProcess {
  url: string;
  metricsUrl: string;
  process: ChildProcess;
  /** All that it has written so far, a JSON object a line. */
  output(): string;
  logLines(): LogLine[];
  /** Waits for a log line; throws with the output when there is none in time. */
  waitForLog(matches: (line: LogLine) => boolean, timeout?: number): Promise<LogLine>;
  /** Sends `signal` and waits for the end. @returns the exit code, null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface LogLine extends Record<string, unknown> {
  level: string;
  message: string;
  trace_id?: string;
  request_id?: string;
  user_id?: string;
  http?: { method: string; route: string; path: string; status: number; duration_ms: number };
}

export interface ServerOptions {
  /** None: the embedded PostgreSQL, in DATA_DIR. */
  databaseUrl?: string;
  env?: Record<string, string>;
}

/** Starts an api on free ports and waits until it is ready. */
export const startServer = async ({ databaseUrl, env = {} }: ServerOptions = {}): Promise<ServerProcess> => {
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-server-'));
  const child = spawn(process.execPath, ['--import', './src/telemetry/register.ts', 'src/main.ts'], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: folder,
      LOG_FILE: 'none',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      keepOutput('log', output);
      rmSync(folder, { recursive: true, force: true });
      resolve(code);
    });
  });
  const logLines = (): LogLine[] =>
    output.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
  const waitForLog = async (matches: (line: LogLine) => boolean, timeout = 10_000): Promise<LogLine> => {
    for (let waited = 0; waited < timeout; waited += 25) {
      const found = logLines().find(matches);
      if (found) return found;
      if (child.exitCode !== null) break;
      await sleep(25);
    }
    throw new Error(`no such log line; the server wrote:\n${output}`);
  };
  const ready = await waitForLog((line) => line.message === 'ready', 30_000);
  return {
    url: String(ready.url),
    metricsUrl: String(ready.metrics_url),
    process: child,
    output: () => output,
    logLines,
    waitForLog,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
};
