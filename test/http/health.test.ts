import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';

let test: TestApp;
const folder = join(temporaryFolder('storage'), 'audio');

beforeAll(async () => {
  test = await startTestApp({ STORAGE_DIR: folder });
});
afterAll(() => test?.close());

const ready = async () => (await test.http.get('/health/ready').expect(200)).body;

const UP = { status: 'up', latency_ms: expect.any(Number) };
const DOWN = { status: 'down', required: false, latency_ms: null };

it('asks the database, the cache, the storage and the queue', async () => {
  expect(await ready()).toMatchObject({
    status: 'ok',
    dependencies: {
      database: { ...UP, required: true },
      cache: { ...UP, required: false },
      storage: { ...UP, required: false },
      audio_queue: { ...UP, required: false },
    },
  });
});

it('is degraded, and still ready, without the storage', async () => {
  renameSync(folder, `${folder}-away`);
  expect(await ready()).toMatchObject({ status: 'degraded', dependencies: { storage: DOWN, audio_queue: UP } });
  renameSync(`${folder}-away`, folder);
  expect(await ready()).toMatchObject({ status: 'ok' });
});

it('is degraded, and still ready, without the queue', async () => {
  await test.ctx.db.$executeRaw`ALTER SCHEMA pgboss RENAME TO elsewhere`;
  expect(await ready()).toMatchObject({ status: 'degraded', dependencies: { storage: UP, audio_queue: DOWN } });
  await test.ctx.db.$executeRaw`ALTER SCHEMA elsewhere RENAME TO pgboss`;
  expect(await ready()).toMatchObject({ status: 'ok' });
});

it('asks a storage that does not answer once at a time, and says that it is down after two seconds', async () => {
  let asked = 0;
  const { ping } = test.ctx.storage;
  test.ctx.storage.ping = () => {
    asked += 1;
    return new Promise(() => {});
  };
  const answers = await Promise.all(Array.from({ length: 20 }, ready));
  for (const answer of answers) expect(answer).toMatchObject({ status: 'degraded', dependencies: { storage: DOWN } });
  expect(asked).toBe(1);
  test.ctx.storage.ping = ping;
  expect(await ready()).toMatchObject({ status: 'ok' });
});
