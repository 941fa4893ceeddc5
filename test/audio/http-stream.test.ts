import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CompleteUpload, completeUpload } from './complete-upload.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';
import { field, file, wav } from './multipart.ts';

const ORIGIN = 'https://app.example.com';

let app: AudioApp;
let upload: CompleteUpload;

beforeAll(async () => {
  app = await startAudioApp({ CORS_ORIGINS: ORIGIN });
  upload = await completeUpload(app);
});
afterAll(() => app?.close());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${app.url}/api/v1/audio/${path}`, { headers, method });
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

it('serves the whole file, with all that a player and a cache want to know', async () => {
  const response = await get(`${upload.id}/stream`);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'audio/mp4',
    'content-length': String(upload.aac.length),
    'accept-ranges': 'bytes',
    etag: upload.etag,
    'cache-control': 'private, max-age=3600',
    'content-disposition': `inline; filename="night drive.m4a"; filename*=UTF-8''night%20drive.m4a`,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect(response.headers.get('vary')).toMatch(/Authorization/);
  expect((await bytesOf(response)).equals(upload.aac)).toBe(true);
});

it('serves MP3 to whoever wants that', async () => {
  const response = await get(`${upload.id}/stream?format=mp3`);
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  expect(response.headers.get('etag')).not.toBe(upload.etag);
  expect((await bytesOf(response)).equals(upload.mp3)).toBe(true);
  expect((await get(`${upload.id}/stream?format=wav`)).status).toBe(422);
});

it('answers a HEAD with the headers of the whole, whatever range it asks for', async () => {
  const response = await get(`${upload.id}/stream`, { range: 'bytes=0-9' }, 'HEAD');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe(String(upload.aac.length));
  expect(response.headers.get('etag')).toBe(upload.etag);
  expect((await bytesOf(response)).length).toBe(0);
});

it('lets a page of an allowed origin read ranges', async () => {
  const response = await get(`${upload.id}/stream`, { origin: ORIGIN, range: 'bytes=0-9' });
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  const exposed = response.headers.get('access-control-expose-headers')?.toLowerCase() ?? '';
  for (const name of ['content-range', 'accept-ranges', 'etag', 'content-length']) expect(exposed).toContain(name);
  const preflight = await fetch(`${app.url}/api/v1/audio/${upload.id}/stream`, {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' },
  });
  expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('range');
});

it.each([
  ['public', 200, 200],
  ['followers', 404, 404],
  ['private', 404, 404],
])('shows what a %s post shows to others, and all to its owner', async (visibility, bob, stranger) => {
  const own = await completeUpload(app, { visibility });
  for (const part of ['', '/stream', '/waveform.svg', '/waveform.json']) {
    expect((await get(own.id + part, app.alice.auth)).status).toBe(200);
    expect((await get(own.id + part, app.bob.auth)).status).toBe(bob);
    expect((await get(own.id + part)).status).toBe(stranger);
  }
  await app.test.http.delete(`/api/v1/posts/${own.postId}`).set(app.alice.auth).expect(200);
  expect((await get(`${own.id}/stream`, app.bob.auth)).status).toBe(404);
  expect((await get(`${own.id}/stream`, app.alice.auth)).status).toBe(200);
});

it('shows a followers post to a follower', async () => {
  const own = await completeUpload(app, { visibility: 'followers' });
  await app.test.http.post('/api/v1/users/alice/follow').set(app.bob.auth).expect(200);
  expect((await get(`${own.id}/stream`, app.bob.auth)).status).toBe(200);
  await app.test.http.delete('/api/v1/users/alice/follow').set(app.bob.auth).expect(200);
  expect((await get(`${own.id}/stream`, app.bob.auth)).status).toBe(404);
});

it('tells of an upload what is known of it', async () => {
  const response = await get(upload.id);
  expect(await response.json()).toMatchObject({
    audio_id: upload.id,
    filename: 'night drive.wav',
    format: 'wav',
    duration: 3,
    bpm: 123.4,
    key: 'A minor',
    loudness: { integrated: -14, true_peak: -1.2 },
    stream_url: `/api/v1/audio/${upload.id}/stream`,
    mp3_url: `/api/v1/audio/${upload.id}/stream?format=mp3`,
    waveform_url: `/api/v1/audio/${upload.id}/waveform.svg`,
  });
});

it('draws the waveform, and gives its peaks', async () => {
  const svg = await get(`${upload.id}/waveform.svg`);
  expect(svg.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  expect(svg.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(await svg.text()).toMatch(/^<svg [^>]*>.*<path d="M0.5 27V228M1.5 77V178".*<\/svg>$/);
  const json = await get(`${upload.id}/waveform.json`);
  expect(await json.json()).toMatchObject({
    version: 2,
    samples_per_pixel: 256,
    length: 2,
    data: [-100, 100, -50, 50],
  });
  for (const response of [svg, json]) {
    const etag = response.headers.get('etag') ?? '';
    const path = new URL(response.url).pathname.replace('/api/v1/audio/', '');
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
  }
});

it('tells its owner that an upload is not ready, or never will be, and others nothing', async () => {
  const { json } = await app.sendParts([file(wav(0.2)), field('post', 'true')]);
  for (const part of ['', '/stream', '/waveform.svg', '/waveform.json']) {
    const response = await get(json.audio_id + part, app.alice.auth);
    expect(response.status).toBe(409);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ code: 'CONFLICT', message: 'this upload is still being processed' });
    expect((await get(json.audio_id + part, app.bob.auth)).status).toBe(404);
  }
  await app.test.database.db.audioUpload.update({ where: { id: json.audio_id }, data: { status: 'failed' } });
  const failed = await get(`${json.audio_id}/stream`, app.alice.auth);
  expect(failed.status).toBe(409);
  expect(failed.headers.get('retry-after')).toBeNull();
});
