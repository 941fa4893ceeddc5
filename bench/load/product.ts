import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/integrations/free-port.ts';
import type { World } from './world.ts';

/** The product's api as one process, as in production. */
export interface Product {
  pid: number;
  url: string;
  metricsUrl: string;
  /** Processor time of this one process so far, in seconds. */
  cpuSeconds(): number;
  /** Resident memory now, in bytes. */
  residentBytes(): number;
  /** The sum of each metric over all its labels, by name; `name{label="value"}` is there too. */
  metrics(): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

export interface ProductOptions {
  world: Pick<World, 'env'>;
  env?: Readonly<Record<string, string>>;
  /** Preloaded before the product's own. */
  preload?: string;
  /** Where a CPU profile of it goes when it ends. */
  profileTo?: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;
/** USER_HZ of Linux: ticks of 10 ms. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** The environment of all servers that are compared; what differs between them comes on top. */
const PRODUCTION = {
  NODE_ENV: 'production',
  ROLES: 'api',
  LOG_FILE: 'none',
  LOG_FORMAT: 'json',
  RATE_LIMIT_ENABLED: 'false',
};

/** Starts an api on free ports of loopback, its log going to /dev/null. @throws when it does not get ready. */
export const startProduct = async ({ world, env = {}, preload, profileTo }: ProductOptions): Promise<Product> => {
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-bench-'));
  const [port, metricsPort] = [await freePort(), await freePort()];
  const profile = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const imports = [...(preload === undefined ? [] : ['--import', preload]), '--import', './src/telemetry/register.ts'];
  const child = spawn(process.execPath, [...profile, ...imports, 'src/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? '',
      ...PRODUCTION,
      ...world.env,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATA_DIR: folder,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  // Whatever ends the benchmark ends the server with it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, url, () => said);
  } catch (error) {
    await stop();
    throw error;
  }
  const pid = child.pid ?? 0;
  const metricsUrl = `http://127.0.0.1:${metricsPort}`;
  return {
    pid,
    url,
    metricsUrl,
    cpuSeconds: () => cpuSecondsOf(pid),
    residentBytes: () => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
    metrics: async () => parseMetrics(await (await fetch(`${metricsUrl}/metrics`)).text()),
    stop,
  };
};

const untilReady = async (child: ChildProcess, url: string, said: () => string): Promise<void> => {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const status = await fetch(`${url}/health/ready`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(50);
  }
  throw new Error(`the api did not get ready:\n${said()}`);
};

/** proc_pid_stat(5): utime and stime, of all threads, without ended children. */
const cpuSecondsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

const parseMetrics = (text: string): Map<string, number> => {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([\w:]+)(\{[^}]*\})? (\S+)/.exec(line);
    if (!match) continue;
    const [, name = '', labels, value] = match;
    values.set(name, (values.get(name) ?? 0) + Number(value));
    if (labels !== undefined) values.set(`${name}${labels}`, Number(value));
  }
  return values;
};
