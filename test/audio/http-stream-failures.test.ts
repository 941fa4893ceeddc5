import { request } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StorageError } from '../../src/integrations/storage/storage.ts';
import { type CompleteUpload, completeUpload } from './complete-upload.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';

let app: AudioApp;
let upload: CompleteUpload;

beforeAll(async () => {
  app = await startAudioApp();
  upload = await completeUpload(app);
});
afterAll(() => app?.close());

const get = (path: string): Promise<Response> => fetch(`${app.url}/api/v1/audio/${path}`);

it('says 503 while the storage is away, and 500 when what it should have is gone', async () => {
  const away = Object.assign(Object.create(app.storage), {
    get: () => Promise.reject(new StorageError('unavailable', 'no answer')),
  });
  app.test.ctx.storage = away;
  expect((await get(`${upload.id}/stream`)).status).toBe(503);
  app.test.ctx.storage = Object.assign(Object.create(app.storage), { get: async () => undefined });
  const gone = await get(`${upload.id}/stream`);
  app.test.ctx.storage = app.storage;
  expect(gone.status).toBe(500);
  expect(JSON.stringify(await gone.json())).not.toContain('audio/');
});

it('answers cleanly when the storage fails before the first byte, and breaks off after it', async () => {
  const failing = (bytes: number) =>
    Object.assign(Object.create(app.storage), {
      get: async () =>
        Readable.from(
          (async function* () {
            if (bytes > 0) yield Buffer.alloc(bytes);
            throw new Error('the disk has gone');
          })(),
        ),
    });
  app.test.ctx.storage = failing(0);
  const clean = await get(`${upload.id}/stream`);
  expect(clean.status).toBe(500);
  expect(clean.headers.get('content-type')).toBe('application/json; charset=utf-8');
  for (const name of ['etag', 'accept-ranges', 'content-disposition']) expect(clean.headers.get(name)).toBeNull();
  expect(await clean.json()).toMatchObject({ code: 'INTERNAL_ERROR' });
  app.test.ctx.storage = failing(1000);
  const broken = await get(`${upload.id}/stream`);
  expect(broken.status).toBe(200);
  await expect(broken.arrayBuffer()).rejects.toThrow();
  app.test.ctx.storage = app.storage;
});

/** Opens a stream and reads nothing of it. */
const openSlowly = (
  path: string,
): Promise<{ received: () => number; hangUp: () => void; readAll: () => Promise<number> }> =>
  new Promise((resolve, reject) => {
    const asking = request(`${app.url}${path}`, { headers: app.alice.auth, agent: false }, (response) => {
      let bytes = 0;
      response.pause();
      resolve({
        received: () => bytes,
        hangUp: () => void asking.destroy(),
        readAll: () =>
          new Promise((done) => {
            response.on('data', (chunk) => {
              bytes += chunk.length;
            });
            response.once('end', () => done(bytes)).resume();
          }),
      });
    });
    asking.on('error', reject).end();
  });

it('reads a large file no faster than its client takes it, and lets go of it when that hangs up', async () => {
  const large = await completeUpload(app);
  const size = 64 << 20;
  let read = 0;
  let closed = false;
  app.test.ctx.storage = Object.assign(Object.create(app.storage), {
    get: async () => {
      return new Readable({
        read() {
          const length = Math.min(64 << 10, size - read);
          read += length;
          this.push(length > 0 ? Buffer.alloc(length) : null);
        },
        destroy(error, done) {
          closed = true;
          done(error);
        },
      });
    },
  });
  const row = await app.test.database.db.audioUpload.findFirstOrThrow({ where: { id: large.id } });
  const result = row.result as { renditions: { bytes: number }[] };
  for (const rendition of result.renditions) rendition.bytes = size;
  await app.test.database.db.audioUpload.update({ where: { id: large.id }, data: { result } });

  const path = `/api/v1/audio/${large.id}/stream`;
  const first = await openSlowly(path);
  await sleep(500);
  expect(read).toBeLessThan(16 << 20);
  expect(await first.readAll()).toBe(size);

  read = 0;
  closed = false;
  const second = await openSlowly(path);
  await sleep(200);
  second.hangUp();
  for (let waited = 0; waited < 2000 && !closed; waited += 20) await sleep(20);
  app.test.ctx.storage = app.storage;
  expect(closed).toBe(true);
  expect(read).toBeLessThan(size);
});
