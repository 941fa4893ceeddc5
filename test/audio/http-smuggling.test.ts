import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AudioApp, FORM, startAudioApp, UPLOAD } from './http-app.ts';
import { file, formOf, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());
afterEach(async () => {
  for (const { id, sourceKey } of await app.db.audioUpload.findMany()) {
    await app.storage.delete([sourceKey]);
    await app.db.audioUpload.delete({ where: { id } });
  }
  expect(await app.storedInTheEnd()).toEqual([]);
});

const form = formOf([file(wav(0.2))]);
const auth = (): string => `Authorization: ${app.alice.auth.authorization}`;

/** All that comes back on one connection until it ends, or for a second. */
const exchange = async (...sent: (string | Uint8Array)[]): Promise<string> => {
  const client = app.client();
  let received = '';
  client.socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  for (const part of sent) await client.write(part);
  await Promise.race([client.closed, sleep(1000)]);
  client.socket.destroy();
  return received;
};
const statuses = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const chunked = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]);
/** What a proxy that reads the head otherwise would take for a second request, of somebody else. */
const SMUGGLED = 'GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a request that two servers could read in two ways', () => {
  it.each([
    ['a length and chunks', (length: number) => [`Content-Length: ${length}`, 'Transfer-Encoding: chunked']],
    ['chunks and a length', (length: number) => ['Transfer-Encoding: chunked', `Content-Length: ${length}`]],
    ['two lengths', (length: number) => [`Content-Length: ${length}`, 'Content-Length: 5']],
    ['two lengths in one line', (length: number) => [`Content-Length: ${length}, ${length}`]],
    ['a length with a sign', (length: number) => [`Content-Length: +${length}`]],
    ['a length in hexadecimal', (length: number) => [`Content-Length: 0x${length.toString(16)}`]],
    ['a length that is negative', () => ['Content-Length: -1']],
    ['a length larger than 64 bits', () => ['Content-Length: 18446744073709551617']],
    ['a length that is folded', (length: number) => ['Content-Length:', ` ${length}`]],
    ['chunks that are folded', () => ['Transfer-Encoding:', ' chunked']],
    ['a blank before the colon', (length: number) => [`Content-Length : ${length}`]],
    ['chunks and what is none', () => ['Transfer-Encoding: chunked, identity']],
    ['chunks of another name', () => ['Transfer-Encoding: xchunked']],
    ['chunks twice', () => ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['a line that ends without a CR', (length: number) => [`X: y\nContent-Length: ${length}`]],
    ['a header with NUL', (length: number) => ['X: a\0b', `Content-Length: ${length}`]],
  ])('by %s is refused, and nothing behind it is read', async (_name, headers) => {
    const body = chunked(form);
    const head = ['POST', UPLOAD, 'HTTP/1.1'].join(' ');
    const lines = [head, 'Host: test', auth(), `Content-Type: ${FORM}`, ...headers(body.length), '', ''].join('\r\n');
    const received = await exchange(lines, body, SMUGGLED);
    // One answer: what follows on a connection behind such a head is not looked at.
    expect(statuses(received), received).toEqual([400]);
    expect(await app.uploads()).toBe(0);
  });

  it('is not made by a form that is shorter than its request', async () => {
    const inside = Buffer.concat([form, Buffer.from(SMUGGLED)]);
    const received = await exchange(
      ['POST', UPLOAD, 'HTTP/1.1\r\nHost: test\r\n'].join(' '),
      [auth(), `Content-Type: ${FORM}`, `Content-Length: ${inside.length}`, '', ''].join('\r\n'),
      inside,
    );
    // What stands behind the end of the form is still of this request.
    expect(statuses(received)).toHaveLength(1);
  });

  it('is not made of what a refused upload had still to send', async () => {
    const received = await exchange(
      [`POST ${UPLOAD} HTTP/1.1`, 'Host: test', auth(), 'Content-Type: text/plain', 'Content-Length: 5', '', ''].join(
        '\r\n',
      ),
      `hello${SMUGGLED}`,
    );
    const [first, second] = statuses(received);
    expect(first).toBe(415);
    expect([undefined, 401]).toContain(second);
  });
});
