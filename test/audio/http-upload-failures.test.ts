import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { StorageError } from '../../src/integrations/storage/storage.ts';
import { metricsText } from '../../src/telemetry/metrics/exposition.ts';
import { type AudioApp, FORM, startAudioApp, UPLOAD } from './http-app.ts';
import { field, file, formOf, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());
afterEach(async () => {
  app.test.ctx.storage = app.storage;
  app.test.ctx.audioAvailable = true;
  await app.test.database.db.audioUpload.deleteMany();
  for await (const { key } of app.storage.list('uploads/')) await app.storage.delete([key]);
});

it('answers 503 where nothing can process audio, without reading it', async () => {
  app.test.ctx.audioAvailable = false;
  const answer = await app.sendParts([file(wav(1))]);
  expect(answer).toMatchObject({ status: 503, json: { code: 'SERVICE_UNAVAILABLE' } });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
});

it.each([
  ['full', 'the storage is full'],
  ['unavailable', 'the storage is not available'],
] as const)('answers 503 when the storage is %s', async (reason, message) => {
  app.test.ctx.storage = Object.assign(Object.create(app.storage), {
    put: async (key: string, source: AsyncIterable<Buffer>) => {
      for await (const _ of source) throw new StorageError(reason, `no ${key}`);
    },
  });
  const answer = await app.sendParts([file(Buffer.concat([wav(1), Buffer.alloc(5 << 20)]))]);
  expect(answer).toMatchObject({ status: 503, json: { code: 'SERVICE_UNAVAILABLE', message } });
  expect(await app.storedInTheEnd()).toEqual([]);
  expect(await app.uploads()).toBe(0);
});

it('removes the file when the handler fails, and keeps it when its upload is there all the same', async () => {
  const { jobs, db } = app.test.ctx;
  app.test.ctx.jobs = { ...jobs, enqueue: () => Promise.reject(new Error('no queue')) };
  try {
    expect((await app.sendParts([file(wav(0.2))])).status).toBe(500);
    expect(await app.storedInTheEnd()).toEqual([]);
    expect(await app.uploads()).toBe(0);
  } finally {
    app.test.ctx.jobs = jobs;
  }
  // The transaction has gone through, and its answer was lost.
  const lost = async (work: Parameters<typeof db.$transaction>[0]): Promise<never> => {
    await db.$transaction(work);
    throw new Error('no answer');
  };
  app.test.ctx.db = new Proxy(db, {
    get: (target, name) => (name === '$transaction' ? lost : Reflect.get(target, name)),
  });
  try {
    const { status } = await app.sendParts([file(wav(0.2)), field('post', 'true')]);
    expect(await app.uploads()).toBe(1);
    expect(app.stored()).toHaveLength(1);
    expect(status).toBe(500);
  } finally {
    app.test.ctx.db = db;
  }
});

it('takes 20 uploads at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      app.sendParts([file(Buffer.concat([wav(1, i + 1), Buffer.alloc(1 << 20, i)]))]),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
  expect(await app.uploads()).toBe(20);
  expect(app.stored()).toHaveLength(20);
});

it('leaves nothing of an upload whose client hung up, wherever it was', async () => {
  const whole = formOf([field('bpm', '120'), file(Buffer.concat([wav(5), Buffer.alloc(2 << 20)])), field('key', 'Am')]);
  const places = [10, 100, 200, 5000, 100_000, 1 << 20, whole.length - 200, whole.length - 20];
  await Promise.all(
    places.map(async (place) => {
      const client = app.client();
      const auth = `Authorization: ${app.alice.auth.authorization}`;
      await client.head(UPLOAD, [auth, `Content-Type: ${FORM}`, `Content-Length: ${whole.length}`]);
      await client.write(whole.subarray(0, place));
      await sleep(50);
      client.socket.resetAndDestroy();
    }),
  );
  await sleep(100);
  expect(await app.storedInTheEnd()).toEqual([]);
  expect(await app.uploads()).toBe(0);
  const { body } = await metricsText('');
  expect(body).toMatch(/audio_uploads_total\{format="wav",outcome="cancelled"\} [1-9]/);
});

it('replays the answer to the same upload, and keeps one copy of it', async () => {
  const headers = ['Idempotency-Key: upload-1'];
  const first = await app.sendParts([file(wav(0.3)), field('bpm', '120')], { headers });
  expect(first.status, first.text).toBe(202);
  const second = await app.sendParts([field('bpm', '120'), file(wav(0.3))], { headers });
  expect(second).toMatchObject({ status: 202, json: first.json, headers: { 'idempotency-replayed': 'true' } });
  expect(second.headers.location).toBe(first.headers.location);
  const others = [
    [file(wav(0.3, 7)), field('bpm', '120')],
    [file(wav(0.3)), field('bpm', '121')],
  ];
  for (const parts of others) {
    expect(await app.sendParts(parts, { headers })).toMatchObject({ status: 422, json: { field: 'Idempotency-Key' } });
  }
  expect(app.stored()).toHaveLength(1);
  expect(await app.uploads()).toBe(1);
});

it('keeps one upload of ten equal ones that are sent at once with one key', async () => {
  const headers = ['Idempotency-Key: upload-2'];
  const answers = await Promise.all(Array.from({ length: 10 }, () => app.sendParts([file(wav(0.3))], { headers })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map(({ json }) => json.audio_id)).size).toBe(1);
  expect(await app.uploads()).toBe(1);
  expect(app.stored()).toHaveLength(1);
});
