import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CompleteUpload, completeUpload } from './complete-upload.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';

let app: AudioApp;
let upload: CompleteUpload;

beforeAll(async () => {
  app = await startAudioApp();
  upload = await completeUpload(app);
});
afterAll(() => app?.close());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${app.url}/api/v1/audio/${path}`, { headers, method });
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

/** RFC 9110, 14.1.2 and 14.2: the first and last byte that come, `whole`, or `none`. */
const RANGES: [string, (size: number) => [number, number] | 'whole' | 'none'][] = [
  ['bytes=0-0', () => [0, 0]],
  ['bytes=0-499', () => [0, 499]],
  ['bytes=500-999', () => [500, 999]],
  ['bytes=500-', (size) => [500, size - 1]],
  ['bytes=0-', (size) => [0, size - 1]],
  ['bytes=-500', (size) => [size - 500, size - 1]],
  ['bytes=-1', (size) => [size - 1, size - 1]],
  ['bytes=-99999999', (size) => [0, size - 1]],
  ['bytes=10-99999999', (size) => [10, size - 1]],
  ['bytes=10-99999999999999999999999', (size) => [10, size - 1]],
  ['Bytes=1-2', () => [1, 2]],
  ['bytes= 1-2', () => [1, 2]],
  ['bytes=99999999-', () => 'none'],
  ['bytes=99999999-999999999', () => 'none'],
  ['bytes=-0', () => 'none'],
  ['bytes=5-4', () => 'whole'],
  ['bytes=-', () => 'whole'],
  ['bytes=', () => 'whole'],
  ['bytes', () => 'whole'],
  ['bytes=a-b', () => 'whole'],
  ['bytes=1.5-2', () => 'whole'],
  ['bytes=0x1-2', () => 'whole'],
  ['bytes=--1', () => 'whole'],
  ['bytes=0-1,5-6', () => 'whole'],
  ['bytes=99999999-,99999999-', () => 'whole'],
  ['seconds=0-1', () => 'whole'],
  ['', () => 'whole'],
];

it.each(RANGES)('answers Range: %s', async (range, expected) => {
  const size = upload.aac.length;
  const wanted = expected(size);
  const response = await get(`${upload.id}/stream`, { range });
  if (wanted === 'none') {
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${size}`);
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST', details: [] });
    return;
  }
  const [start, end] = wanted === 'whole' ? [0, size - 1] : wanted;
  expect(response.status).toBe(wanted === 'whole' ? 200 : 206);
  expect(response.headers.get('content-range')).toBe(wanted === 'whole' ? null : `bytes ${start}-${end}/${size}`);
  expect(response.headers.get('content-length')).toBe(String(end - start + 1));
  expect(response.headers.get('etag')).toBe(upload.etag);
  expect((await bytesOf(response)).equals(upload.aac.subarray(start, end + 1))).toBe(true);
});

it('heeds conditions in their order', async () => {
  const path = `${upload.id}/stream`;
  const status = async (headers: Record<string, string>): Promise<number> => (await get(path, headers)).status;
  const { etag } = upload;
  const range = 'bytes=0-9';
  expect(await status({ 'if-none-match': etag })).toBe(304);
  expect(await status({ 'if-none-match': `"other", W/${etag}` })).toBe(304);
  expect(await status({ 'if-none-match': '*' })).toBe(304);
  expect(await status({ 'if-none-match': '"other"' })).toBe(200);
  expect(await status({ 'if-none-match': etag, range })).toBe(304);
  expect(await status({ 'if-none-match': '"other"', range })).toBe(206);
  expect(await status({ 'if-range': etag, range })).toBe(206);
  expect(await status({ 'if-range': '"other"', range })).toBe(200);
  expect(await status({ 'if-range': `W/${etag}`, range })).toBe(200);
  expect(await status({ 'if-range': 'Sat, 29 Oct 1994 19:43:31 GMT', range })).toBe(200);
  expect(await status({ 'if-range': '"other"', range: 'bytes=99999999-' })).toBe(200);
  const unchanged = await get(path, { 'if-none-match': etag });
  expect(unchanged.headers.get('etag')).toBe(etag);
  expect(unchanged.headers.get('content-type')).toBeNull();
});
