import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { route } from '../../src/http/contract.ts';
import { routes } from '../../src/http/routes/index.ts';
import { type HttpServer, startHttpServer } from '../../src/http/server.ts';
import { metricsText } from '../../src/telemetry/metrics/exposition.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const ORIGIN = 'https://app.example.com';

let app: TestApp;
let server: HttpServer;
let base: string;
/** Ends what `/test/slow` waits for. */
let letGo: () => void = () => {};

const open = {
  method: 'GET',
  tag: 'test',
  summary: 'for this test',
  auth: 'none',
  responses: { 200: 'text' },
} as const;
const odd = [
  route({ ...open, path: '/test/half' }, async (_ctx, { request }) => {
    request.res?.writeHead(200, { 'Content-Length': '10' }).write('half');
    throw new Error('the other half is missing');
  }),
  route({ ...open, path: '/test/slow' }, async () => {
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return { status: 200, raw: { contentType: 'text/plain', content: 'at last' } };
  }),
];

beforeAll(async () => {
  app = await startTestApp({ CORS_ORIGINS: ORIGIN });
  server = await startHttpServer(createApp(app.ctx, [...routes, ...odd]), '127.0.0.1', 0);
  base = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server?.close(0);
  await app?.close();
});

/** Sends `text` as it is. @returns all that comes back until the connection is closed. */
const say = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });

it('says which methods a route answers', async () => {
  const response = await fetch(`${base}/api/v1/feed/unified`, { method: 'OPTIONS' });
  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
});

it('answers a preflight wherever it is sent, so that a page can read the 404 that follows', async () => {
  const response = await fetch(`${base}/nowhere`, {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'GET' },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(response.headers.get('access-control-allow-headers')).toContain('traceparent');
});

it('lets an allowed page, and no other, read the answer and its Server-Timing', async () => {
  const allowed = await fetch(`${base}/health`, { headers: { origin: ORIGIN } });
  expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(allowed.headers.get('timing-allow-origin')).toBe(ORIGIN);
  expect(allowed.headers.get('vary')).toContain('Origin');
  const other = await fetch(`${base}/health`, { headers: { origin: 'https://evil.example.com' } });
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  expect(other.headers.get('timing-allow-origin')).toBeNull();
});

it.each([
  ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two of them', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
])('refuses a request with %s in the one error shape', async (_what, text) => {
  const [head = '', body = ''] = (await say(text)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1.1 400 /);
  expect(head).toMatch(/^X-Request-ID: .+$/m);
  expect(JSON.parse(body)).toMatchObject({ code: 'BAD_REQUEST', details: [] });
});

it('does not fail a request for an expectation that it does not know', async () => {
  const answer = await say('GET /health HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer).toMatch(/^X-Request-ID: .+$/m);
});

it('counts an answer that it broke off as a failure of its own, not as a client that hung up', async () => {
  await expect(fetch(`${base}/test/half`).then((response) => response.text())).rejects.toThrow();
  const { body } = await metricsText('');
  expect(body).toMatch(/duration_seconds_count\{.*http_route="\/test\/half",http_response_status_code="500"\} 1/);
  expect(body).not.toMatch(/http_route="\/test\/half",http_response_status_code="499"/);
});

it('tells a client whose request is still running at the end to open its next connection elsewhere', async () => {
  const slow = fetch(`${base}/test/slow`);
  await sleep(100);
  const closed = server.close(10_000);
  await sleep(1200);
  letGo();
  const response = await slow;
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.text()).toBe('at last');
  await closed;
});
