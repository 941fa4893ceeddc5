import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { HTTP_STATUS } from '../../src/errors.ts';
import { type AudioApp, FORM, startAudioApp, UPLOAD } from './http-app.ts';
import { BOUNDARY, field, file, formOf, type Part, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());
afterEach(async () => {
  // Whatever was refused has left nothing.
  expect(await app.storedInTheEnd()).toEqual([]);
  expect(await app.uploads()).toBe(0);
});

const good = file(wav(0.2));
const large = file(Buffer.concat([wav(1), Buffer.alloc(3 << 20, 1)]));
const named = (filename: string): Part => file(wav(0.1), filename);
const text = (content: string | Buffer): Part => file(content, 'loop.wav');
const latin1 = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

const FORMS: [name: string, status: number, field: string | undefined, parts: Part[]][] = [
  ['no part at all', 422, 'audio', []],
  ['no file', 422, 'audio', [field('bpm', '120')]],
  ['an empty file', 422, 'audio', [file('')]],
  ['a file field that was left empty', 422, 'audio', [file('', '')]],
  ['two files', 422, 'audio', [good, good]],
  ['two files after a large one', 422, 'audio', [large, good]],
  ['a file of another name', 422, 'cover', [{ ...good, name: 'cover' }]],
  ['a second file of another name', 422, 'audio', [good, { ...good, name: 'cover' }]],
  ['a file whose name is that of a field', 422, 'bpm', [{ ...good, name: 'bpm' }]],
  ['an unknown field', 422, 'colour', [field('colour', 'red'), good]],
  ['an unknown field behind the file', 422, 'colour', [large, field('colour', 'red')]],
  ['a field twice', 422, 'bpm', [field('bpm', '120'), good, field('bpm', '121')]],
  ['10,000 fields', 422, undefined, [...Array.from({ length: 10_000 }, (_, i) => field(`f${i}`, 'x')), good]],
  ['10,000 genres', 422, undefined, [...Array.from({ length: 10_000 }, () => field('genre', 'x')), good]],
  ['11 genres', 422, 'genre', [field('genre', [...'abcdefghijk'].join(',')), good]],
  ['a field of 1 MiB', 422, 'daw', [field('daw', 'x'.repeat(1 << 20)), good]],
  ['a field of 60 MiB', 413, 'audio', [field('daw', 'x'.repeat(60 << 20)), good]],
  ['a field without a name', 422, undefined, [{ content: '120' }, good]],
  ['a field called __proto__', 422, '__proto__', [field('__proto__', '{"admin":true}'), good]],
  ['a field called constructor', 422, 'constructor', [field('constructor', 'x'), good]],
  ['a name of 5,000 characters', 422, 'n'.repeat(100), [field('n'.repeat(5000), 'x'), good]],
  ['bpm zero', 422, 'bpm', [field('bpm', '0'), good]],
  ['bpm 301', 422, 'bpm', [field('bpm', '301'), good]],
  ['bpm a word', 422, 'bpm', [field('bpm', 'fast'), good]],
  ['bpm exponential', 422, 'bpm', [field('bpm', '1e2'), good]],
  ['bpm NaN', 422, 'bpm', [field('bpm', 'NaN'), good]],
  ['a key that is none', 422, 'key', [field('key', 'H major'), good]],
  ['bars a fraction', 422, 'duration_bars', [field('duration_bars', '1.5'), good]],
  ['257 bars', 422, 'duration_bars', [field('duration_bars', '257'), good]],
  ['daw with NUL', 422, 'daw', [field('daw', 'Live\0'), good]],
  ['genre with a newline', 422, 'genre.0', [field('genre', 'deep\nhouse'), good]],
  ['post yes', 422, 'post', [field('post', 'yes'), good]],
  ['visibility unknown', 422, 'visibility', [field('visibility', 'everyone'), good]],
  ['a filename field with a folder', 422, 'filename', [field('filename', '../a.wav'), good]],
  ['a filename with NUL', 422, 'filename', [named('a\0.wav')]],
  ['a filename that reads backwards', 422, 'filename', [named('\u202evaw.exe')]],
  ['a filename of 1,000 characters', 422, 'filename', [named(`${'a'.repeat(1000)}.wav`)]],
  [
    'a filename* with NUL',
    422,
    'filename',
    [{ content: wav(0.1), disposition: `form-data; name="audio"; filename*=UTF-8''a%00.wav` }],
  ],
  ['a part that says nothing of itself', 422, 'audio', [{ content: wav(0.1), disposition: '' }]],
  ['a part that is an attachment', 422, 'audio', [{ content: wav(0.1), disposition: 'attachment; name="audio"' }]],
  ['headers of a part of 1 MiB', 422, 'audio', [{ ...good, disposition: '', headers: [`X: ${'x'.repeat(1 << 20)}`] }]],
  [
    '10,000 headers of a part',
    422,
    'audio',
    [{ ...good, disposition: '', headers: Array.from({ length: 10_000 }, (_, i) => `X${i}: 1`) }],
  ],
  ['text called .wav', 415, 'audio', [text('this is no music\n'.repeat(1000))]],
  ['HTML', 415, 'audio', [text('<!doctype html><script>alert(1)</script>')]],
  ['a playlist', 415, 'audio', [text('#EXTM3U\nfile:///etc/passwd\nhttp://127.0.0.1/x.ts\n')]],
  ['an SVG', 415, 'audio', [text('<svg xmlns="http://www.w3.org/2000/svg"/>')]],
  ['WebM', 415, 'audio', [text(latin1(`\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm${'\0'.repeat(100)}`))]],
  ['AVI', 415, 'audio', [text(latin1(`RIFF\x10\0\0\0AVI LIST${'\0'.repeat(100)}`))]],
  ['AAC in ADTS', 415, 'audio', [text(latin1(`\xff\xf1\x50\x80\x02\x1f\xfc${'\0'.repeat(200)}`))]],
  ['one byte', 415, 'audio', [text('R')]],
  ['60 MiB of zeros', 413, 'audio', [text(Buffer.alloc(60 << 20))]],
];

it.each(FORMS)('refuses a form with %s: %i', async (_name, status, name, parts) => {
  const answer = await app.sendParts(parts);
  expect(answer.status, answer.text).toBe(status);
  expect(HTTP_STATUS[answer.json.code as keyof typeof HTTP_STATUS]).toBe(status);
  expect(answer.json).toMatchObject({ message: expect.any(String), details: expect.any(Array) });
  expect(answer.json.field).toBe(name);
  expect(answer.json.request_id).toBe(answer.headers['x-request-id']);
  expect(answer.text).not.toMatch(/busboy|dicer|node_modules|\/src\//i);
  expect(answer.text.length).toBeLessThan(5000);
});

it('names what is taken when a file is none of it', async () => {
  const { json } = await app.sendParts([text('hello')]);
  expect(json.message).toBe('audio must be one of mp3, wav, aiff, m4a, flac, ogg by its content');
});

const BODIES: [name: string, body: Buffer, options?: { contentType?: string; headers?: string[] }][] = [
  ['nothing', Buffer.alloc(0)],
  ['no closing boundary', formOf([good], { close: false })],
  ['no closing boundary behind a field', formOf([good, field('bpm', '120')], { close: false })],
  ['another boundary', formOf([good], { boundary: 'other' })],
  [
    'a boundary of 70 characters that never comes',
    formOf([good]),
    { contentType: `multipart/form-data; boundary=${'b'.repeat(70)}` },
  ],
  ['an empty boundary', formOf([good]), { contentType: 'multipart/form-data; boundary=' }],
  ['JSON that says it is a form', Buffer.from('{"audio":"x"}')],
  ['a preamble of 10 MiB and nothing else', Buffer.alloc(10 << 20, 'x')],
  ['an end within the headers of a part', Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="aud`)],
  ['a boundary cut in two', formOf([good]).subarray(0, -8)],
];

it.each(BODIES)('answers a body with %s as one that cannot be read', async (_name, body, options) => {
  const answer = await app.send(body, options);
  expect(answer.status, answer.text).toBe(400);
  expect(answer.json).toMatchObject({ code: 'BAD_REQUEST', details: [] });
});

it.each([
  ['a folder of Unix', '../../etc/passwd.wav', 'passwd.wav'],
  ['a folder of Windows', 'C:\\Users\\me\\loop.wav', 'loop.wav'],
  ['letters of other scripts', 'שלום 音.wav', 'שלום 音.wav'],
  ['nothing', '..', 'audio.wav'],
])('takes a name with %s for the last word of it', async (_what, filename, kept) => {
  const answer = await app.sendParts([named(filename)]);
  expect(answer.status, answer.text).toBe(202);
  await removeUpload(answer.json.audio_id, kept);
});

it('reads a name as RFC 5987 writes it', async () => {
  const disposition = `form-data; name="audio"; filename*=UTF-8''N%C3%A4cht%E2%82%AC.wav`;
  const answer = await app.sendParts([{ content: wav(0.1), disposition }]);
  expect(answer.status, answer.text).toBe(202);
  await removeUpload(answer.json.audio_id, 'Nächt€.wav');
});

const removeUpload = async (id: string, filename: string): Promise<void> => {
  const row = await app.test.database.db.audioUpload.delete({ where: { id } });
  await app.storage.delete([row.sourceKey]);
  expect(row.filename).toBe(filename);
};

it('tells a client that sends on why it was refused, and lets its connection end well', async () => {
  const client = app.client();
  const rest = Buffer.alloc(20 << 20);
  await client.head(UPLOAD, [
    `Authorization: ${app.alice.auth.authorization}`,
    `Content-Type: ${FORM}`,
    `Content-Length: ${30 << 20}`,
  ]);
  await client.write(formOf([text('no music '.repeat(1000))], { close: false }));
  await sleep(100);
  // The answer is there already, and nothing of it may be lost with what is still on its way.
  expect(await client.write(rest)).toBe(true);
  expect((await client.answer()).status).toBe(415);
  client.socket.end();
  await client.closed;
});

it('is still there afterwards', async () => {
  expect((await fetch(`${app.url}/health`)).status).toBe(200);
});
