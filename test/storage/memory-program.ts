import { rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStorage } from '../../src/integrations/storage/local-storage.ts';
import { S3Storage } from '../../src/integrations/storage/s3-storage.ts';
import type { ObjectStorage } from '../../src/integrations/storage/storage.ts';
import { s3Options } from './s3-under-test.ts';

/**
 * Says how many bytes more than before a process holds, and has from the system, while it stores a large object that
 * arrives slowly, and while it reads it again: `memory-program.ts local FOLDER BYTES`, `memory-program.ts s3 BUCKET BYTES`.
 */

const [system, place = '', size = '0'] = process.argv.slice(2);
const MIB = 1024 * 1024;
const PIECE = 64 * 1024;

/** At most 100 MiB/s, as chunks that are new each time. */
const source = (bytes: number): Readable =>
  Readable.from(
    (async function* () {
      for (let sent = 0; sent < bytes; sent += PIECE) {
        if (sent % MIB === 0) await sleep(10);
        yield Buffer.alloc(Math.min(PIECE, bytes - sent), sent % 255);
      }
    })(),
  );

const run = async (storage: ObjectStorage, bytes: number): Promise<void> => {
  await storage.put('large', source(bytes), { contentType: 'audio/wav' });
  let read = 0;
  for await (const chunk of (await storage.get('large')) ?? []) read += (chunk as Buffer).length;
  if (read !== bytes) throw new Error(`${read} bytes of ${bytes} came back`);
};

const storage =
  system === 's3' ? new S3Storage(s3Options(place, process.env.TEST_S3_URL)) : await LocalStorage.open(place);
// Code that runs for the first time takes memory of its own.
await run(storage, 16 * MIB);

/** Bytes that are really held: what the garbage collector finds is gone, once it has had the time to sweep it. */
const held = async (): Promise<number> => {
  global.gc?.();
  await sleep(2);
  global.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = { held: await held(), rss: process.memoryUsage().rss };
const most = { ...before };
let running = true;
const watch = async (): Promise<void> => {
  while (running) {
    most.held = Math.max(most.held, await held());
    most.rss = Math.max(most.rss, process.memoryUsage().rss);
    await sleep(60);
  }
};
const watching = watch();
await run(storage, Number(size));
running = false;
await watching;
await storage.delete(['large']);
await storage.close();
if (system === 'local') rmSync(place, { recursive: true });
console.log(JSON.stringify({ held: most.held - before.held, rss: most.rss - before.rss }));
