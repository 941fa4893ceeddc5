import { createHash } from 'node:crypto';
import { openAsBlob, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../support/servers.ts';
import { type AudioApp, FORM, startAudioApp, UPLOAD } from './http-app.ts';
import { field, file, formOf, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());
afterEach(async () => {
  await app.test.database.db.audioUpload.deleteMany();
  for await (const { key } of app.storage.list('uploads/')) await app.storage.delete([key]);
});

const ALL_FIELDS = [
  field('bpm', '124.5'),
  field('key', 'F# minor'),
  field('duration_bars', '8'),
  field('daw', 'Ableton Live'),
  field('genre', 'Deep House, techno'),
  field('genre', 'dub'),
  field('post', 'true'),
  field('visibility', 'followers'),
];

it('takes a file with what is said about it before and after, and says where to ask', async () => {
  const content = wav(0.5);
  const answer = await app.sendParts([
    ...ALL_FIELDS.slice(0, 4),
    file(content, 'Näch\u200ft.wav'),
    ...ALL_FIELDS.slice(4),
  ]);
  expect(answer.status, answer.text).toBe(202);
  const { audio_id: id, job_id: job, post_id: post, ...rest } = answer.json;
  expect(rest).toEqual({ status: 'processing', poll_url: `/api/v1/audio/status/${job}` });
  expect(answer.headers.location).toBe(`/api/v1/audio/status/${job}`);
  const row = await app.test.database.db.audioUpload.findFirstOrThrow({ where: { id } });
  expect(row).toMatchObject({
    jobId: job,
    userId: app.alice.id,
    status: 'pending',
    filename: 'Näch\u200ft.wav',
    format: 'wav',
    bytes: content.length,
    bpm: 124.5,
    key: 'F# minor',
    durationBars: 8,
    daw: 'Ableton Live',
    genre: ['deep house', 'techno', 'dub'],
    sourceKey: `uploads/${id}/source.wav`,
  });
  const digest = createHash('sha256').update(content).digest('hex');
  expect(Buffer.from(row.sha256).toString('hex')).toBe(digest);
  const chunks = await app.storage.get(row.sourceKey).then((stream) => stream?.toArray());
  expect(
    createHash('sha256')
      .update(Buffer.concat(chunks ?? []))
      .digest('hex'),
  ).toBe(digest);
  expect(await app.test.database.db.post.findFirstOrThrow({ where: { id: post } })).toMatchObject({
    audioId: id,
    visibility: 'followers',
  });
});

it('takes what fetch and FormData send, and what was left empty for left out', async () => {
  const path = join(temporaryFolder('form'), 'a b.wav');
  writeFileSync(path, wav(0.2));
  const form = new FormData();
  for (const name of ['bpm', 'key', 'duration_bars', 'daw', 'genre', 'filename', 'visibility', 'post'])
    form.set(name, '');
  form.set('audio', await openAsBlob(path), 'a b.wav');
  const response = await fetch(app.url + UPLOAD, { method: 'POST', body: form, headers: app.alice.auth });
  expect(response.status).toBe(202);
  const { audio_id: id = '', post_id: post } = (await response.json()) as Record<string, string>;
  expect(post).toBeUndefined();
  expect(await app.test.database.db.audioUpload.findFirstOrThrow({ where: { id } })).toMatchObject({
    filename: 'a b.wav',
    bpm: null,
    key: null,
    durationBars: null,
    daw: null,
    genre: [],
  });
});

it('keeps the connection for the next request after a success, also when something follows the end of the form', async () => {
  const client = app.client();
  const body = Buffer.concat([formOf([file(wav(0.2))]), Buffer.from('and a few words more\r\n')]);
  const headers = [`Authorization: ${app.alice.auth.authorization}`, `Content-Type: ${FORM}`];
  for (let i = 0; i < 3; i += 1) {
    await client.head(UPLOAD, [...headers, `Content-Length: ${body.length}`]);
    await client.write(body);
    const answer = await client.answer();
    expect(answer.status, answer.text).toBe(202);
    expect(answer.headers.connection).toBe('keep-alive');
  }
  client.socket.destroy();
});

it('reads the boundary however it is written', async () => {
  const contentType = 'Multipart/Form-Data; charset=utf-8; Boundary="x-sidechain-test"';
  const answer = await app.sendParts([file(wav(0.2))], { contentType });
  expect(answer.status, answer.text).toBe(202);
});

it('refuses a key that is none, and keeps nothing', async () => {
  const answer = await app.sendParts([file(wav(0.2))], { headers: ['Idempotency-Key: a b'] });
  expect(answer).toMatchObject({ status: 422, json: { field: 'Idempotency-Key' } });
  expect(await app.storedInTheEnd()).toEqual([]);
});

it.each([
  ['no token', 401, { headers: [], user: { auth: { authorization: 'Bearer nonsense' } } }],
  ['JSON', 415, { contentType: 'application/json' }],
  ['no type', 415, { contentType: '' }],
  ['a compressed form', 415, { headers: ['Content-Encoding: gzip'] }],
  ['no boundary', 400, { contentType: 'multipart/form-data' }],
])('refuses %s with %i, before it reads the body', async (_what, status, options) => {
  const client = app.client();
  const { contentType = FORM, headers = [], user = app.alice } = options as Parameters<AudioApp['send']>[1] & object;
  const type = contentType === '' ? [] : [`Content-Type: ${contentType}`];
  await client.head(UPLOAD, [
    `Authorization: ${user.auth.authorization}`,
    ...type,
    ...headers,
    'Content-Length: 1000000',
  ]);
  const answer = await client.answer();
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({ message: expect.any(String), details: [], request_id: expect.any(String) });
  expect(answer.headers.connection).toBe('close');
  client.socket.destroy();
  expect(await app.storedInTheEnd()).toEqual([]);
});

it('refuses a length above the limit at once, and asks nobody who waits to be asked', async () => {
  const client = app.client();
  const auth = `Authorization: ${app.alice.auth.authorization}`;
  const headers = [auth, `Content-Type: ${FORM}`, 'Expect: 100-continue'];
  await client.head(UPLOAD, [...headers, `Content-Length: ${52 * 1024 * 1024}`]);
  const answer = await client.answer();
  expect(answer).toMatchObject({ status: 413, json: { code: 'PAYLOAD_TOO_LARGE', field: 'audio' } });
  client.socket.destroy();

  const invited = app.client();
  const body = formOf([file(wav(0.2))]);
  let heard = '';
  invited.socket.on('data', (chunk) => {
    heard += chunk;
  });
  await invited.head(UPLOAD, [...headers, `Content-Length: ${body.length}`]);
  await sleep(200);
  expect(heard).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  await invited.write(body);
  expect((await invited.answer()).status).toBe(202);
  invited.socket.destroy();
});

it('takes a file of exactly 50 MiB, and not one byte more, whatever its client says of its length', async () => {
  const limit = 50 * 1024 * 1024;
  const content = Buffer.concat([wav(0.1), Buffer.alloc(limit)]).subarray(0, limit);
  expect((await app.sendParts([file(content)])).status).toBe(202);
  await app.test.database.db.audioUpload.deleteMany();
  for await (const { key } of app.storage.list('uploads/')) await app.storage.delete([key]);

  const tooMuch = Buffer.concat([content, Buffer.alloc(1)]);
  const answer = await app.sendParts([file(tooMuch)]);
  expect(answer).toMatchObject({ status: 413, json: { code: 'PAYLOAD_TOO_LARGE', field: 'audio' } });

  const client = app.client();
  const auth = `Authorization: ${app.alice.auth.authorization}`;
  await client.head(UPLOAD, [auth, `Content-Type: ${FORM}`, 'Transfer-Encoding: chunked']);
  const form = formOf([file(tooMuch)]);
  for (let at = 0; at < form.length; at += 1 << 20) {
    const chunk = form.subarray(at, at + (1 << 20));
    const more = [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'].map((bytes) => client.write(bytes));
    if (!(await Promise.all(more)).every(Boolean)) break;
  }
  void client.write('0\r\n\r\n');
  expect((await client.answer()).status).toBe(413);
  client.socket.destroy();
  expect(await app.storedInTheEnd()).toEqual([]);
  expect(await app.uploads()).toBe(0);
}, 60_000);
