import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type AudioApp, FORM, startAudioApp, UPLOAD } from './http-app.ts';
import { file, formOf, type RawClient, wav } from './multipart.ts';

let app: AudioApp;

afterEach(() => app?.close());

const begin = async (): Promise<{ client: RawClient; form: Buffer }> => {
  const client = app.client();
  const form = formOf([file(wav(1))]);
  const auth = `Authorization: ${app.alice.auth.authorization}`;
  await client.head(UPLOAD, [auth, `Content-Type: ${FORM}`, `Content-Length: ${form.length}`]);
  return { client, form };
};

/** Sends byte after byte until an answer is there. */
const drip = async (client: RawClient, bytes: Buffer, every: number): Promise<void> => {
  let goesOn = true;
  client.socket.once('data', () => {
    goesOn = false;
  });
  for (let at = 0; goesOn && at < bytes.length; at += 1) {
    await client.write(bytes.subarray(at, at + 1));
    await sleep(every);
  }
};

const expectTimeout = async (client: RawClient, message: string): Promise<void> => {
  const answer = await client.answer();
  expect(answer).toMatchObject({ status: 408, json: { code: 'BAD_REQUEST', message, details: [] } });
  expect(answer.headers.connection).toBe('close');
  client.socket.end();
  expect(await app.storedInTheEnd()).toEqual([]);
  expect(await app.uploads()).toBe(0);
};

it('gives up on an upload that sends nothing', async () => {
  app = await startAudioApp({ UPLOAD_IDLE_TIMEOUT: '300ms' });
  const { client, form } = await begin();
  await client.write(form.subarray(0, 5000));
  await expectTimeout(client, 'the upload sent nothing for 0.3 s');
});

it('gives up on a byte now and then when that is too seldom, and not when it is often enough', async () => {
  app = await startAudioApp({ UPLOAD_IDLE_TIMEOUT: '50ms', UPLOAD_TIMEOUT: '2s' });
  const seldom = await begin();
  await drip(seldom.client, seldom.form, 100);
  await expectTimeout(seldom.client, 'the upload sent nothing for 0.05 s');
});

it('gives up on an upload that takes too long, however often it sends something', async () => {
  app = await startAudioApp({ UPLOAD_IDLE_TIMEOUT: '1s', UPLOAD_TIMEOUT: '700ms' });
  const { client, form } = await begin();
  await drip(client, form, 20);
  await expectTimeout(client, 'the upload took longer than 0.7 s');
});

it('does not count the time that its own storage takes', async () => {
  app = await startAudioApp({ UPLOAD_IDLE_TIMEOUT: '100ms' });
  const { storage } = app;
  app.test.ctx.storage = Object.assign(Object.create(storage), {
    put: async (...[key, source, options]: Parameters<typeof storage.put>) => {
      await sleep(600);
      return storage.put(key, source, options);
    },
  });
  const answer = await app.sendParts([file(Buffer.concat([wav(1), Buffer.alloc(2 << 20)]))]);
  expect(answer.status, answer.text).toBe(202);
});

it('lets an upload take longer than any other body may', async () => {
  app = await startAudioApp({}, 400);
  const { client, form } = await begin();
  for (let part = 0; part < 10; part += 1) {
    await client.write(form.subarray((form.length * part) / 10, (form.length * (part + 1)) / 10));
    await sleep(120);
  }
  expect((await client.answer()).status).toBe(202);
  client.socket.destroy();
});

it.each([
  ['one that is read', '/api/v1/auth/login', 408],
  ['one that nobody reads, of a request that is answered already', '/nowhere', 404],
])('ends every other body that is too slow: %s', async (_what, path, status) => {
  app = await startAudioApp({}, 400);
  const client = app.client();
  await client.head(path, ['Content-Type: application/json', 'Content-Length: 100000']);
  await client.write('{');
  expect((await client.answer()).status).toBe(status);
  const began = Date.now();
  await client.closed;
  expect(Date.now() - began).toBeLessThan(2000);
});
