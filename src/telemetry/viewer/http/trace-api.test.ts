import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask, type RawRequest } from '../../../../test/support/raw-request.ts';
import { type AdminServer, startAdminServer } from '../../admin-server.ts';
import { readOtlpTraces } from '../model/from-otlp.ts';
import { TraceRing } from '../trace-ring.ts';
import { listTraces } from './trace-api.ts';

const ring = new TraceRing();
let admin: AdminServer;
beforeAll(async () => {
  admin = await startAdminServer({ host: '127.0.0.1', port: 0, viewer: { ring, settings: { service: 'shop' } } });
});
afterAll(() => admin.close());

const receive = (traceId: string, name: string, milliseconds: number): void => {
  const start = 1_700_000_000_000_000_000n;
  const span = {
    traceId,
    spanId: traceId.slice(0, 16),
    name,
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(milliseconds * 1e6)),
  };
  ring.receive(readOtlpTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).spans, []);
};

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];
beforeEach(() => {
  ring.clear();
  receive(A, 'GET /a', 5);
  receive(B, 'GET /b', 50);
});

const api = (path: string, request?: RawRequest) => ask(admin.port, `/traces/api/${path}`, request);

test('lists the newest first', async () => {
  const { status, headers, text } = await api('traces');
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(JSON.parse(text)).toMatchObject({
    held: 2,
    traces: [
      { traceId: B, name: 'GET /b', duration: 50 },
      { traceId: A, name: 'GET /a', duration: 5 },
    ],
  });
});

test.each([
  ['min=10', [B]],
  ['max=10', [A]],
  ['route=%2Fa', [A]],
  [`trace_id=${B}`, [B]],
  ['q=%7B%20duration%20%3E%2020ms%20%7D', [B]],
  ['min=10&max=20', []],
  ['', [B, A]],
])('%s', async (query, ids) => {
  const { held, traces } = JSON.parse((await api(`traces?${query}`)).text) as {
    held: number;
    traces: { traceId: string }[];
  };
  expect(held).toBe(2);
  expect(traces.map(({ traceId }) => traceId)).toEqual(ids);
});

test.each(['traces', 'stream'])('a wrong filter of %s is told with its field and place', async (path) => {
  const broken = await api(`${path}?q=${encodeURIComponent('{ duration >> 1ms }')}`);
  expect([broken.status, broken.headers['content-type']]).toEqual([400, 'application/json']);
  expect(JSON.parse(broken.text)).toMatchObject({
    field: 'q',
    message: expect.any(String),
    position: expect.any(Number),
  });
  const min = await api(`${path}?min=long`);
  expect(JSON.parse(min.text)).toMatchObject({ field: 'min', message: expect.any(String) });
});

test('one trace, and the same as a file', async () => {
  const one = await api(`traces/${A.toUpperCase()}`);
  expect(one.status).toBe(200);
  expect(one.headers['content-disposition']).toBeUndefined();
  expect(JSON.parse(one.text)).toMatchObject({
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: A, endTimeUnixNano: '1700000000005000000' }] }] }],
  });
  const file = await api(`traces/${A}?download`);
  expect(file.headers['content-disposition']).toBe(`attachment; filename="trace-${A}.json"`);
  expect(file.text).toBe(one.text);
});

test('one that is not there', async () => {
  const { status, text } = await api(`traces/${'c'.repeat(32)}`);
  expect([status, JSON.parse(text)]).toEqual([404, { message: 'no such trace, or not any more' }]);
});

test('all can be thrown away', async () => {
  const { status, text } = await api('traces', { method: 'DELETE' });
  expect([status, text]).toEqual([204, '']);
  expect(JSON.parse((await api('traces')).text)).toEqual({ held: 0, traces: [] });
});

test.each([
  ['POST', '/traces', 'GET, HEAD'],
  ['PUT', '/traces/api/traces', 'GET, HEAD, DELETE'],
  ['DELETE', `/traces/api/traces/${A}`, 'GET, HEAD'],
  ['GET', '/v1/traces', 'POST'],
  ['OPTIONS', '/v1/logs', 'POST'],
])('%s %s is not allowed', async (method, path, allow) => {
  const { status, headers } = await ask(admin.port, path, { method });
  expect([status, headers.allow]).toEqual([405, allow]);
});

test.each(['/traces/xyz', '/traces/api', '/traces/api/traces/', '/v1', '/v1/metrics', `/traces/${A}/compare`])(
  '%s is not found',
  async (path) => {
    expect((await ask(admin.port, path, { headers: { accept: 'text/html' } })).status).toBe(404);
  },
);

test('HEAD has no body', async () => {
  for (const path of ['traces', `traces/${A}`, 'stream'])
    expect(await api(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

test('for curl it is text', async () => {
  const list = await ask(admin.port, '/traces?min=10', { headers: { accept: '*/*' } });
  expect(list.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(list.text).toContain(B);
  expect(list.text).not.toContain(A);
  const both = await ask(admin.port, `/traces/${A}/compare/${B}`);
  expect(both.text).toMatch(/GET \/a[\s\S]*GET \/b/);
  expect((await ask(admin.port, `/traces/${'c'.repeat(32)}`)).status).toBe(404);
});

test('requests get their turns while a list is made, and a list that nobody waits for is left', async () => {
  for (let number = 100; number < 200; number += 1) receive(String(number).repeat(11).slice(1), 'GET /c', 1);
  let looked = 0;
  const slowly = (): boolean => {
    for (const until = performance.now() + 2; performance.now() < until; );
    looked += 1;
    return true;
  };
  let turns = 0;
  const requests = setInterval(() => {
    turns += 1;
  }, 1);
  try {
    expect((await listTraces(ring, slowly)).traces).toHaveLength(102);
  } finally {
    clearInterval(requests);
  }
  expect(turns).toBeGreaterThan(10);
  looked = 0;
  await listTraces(ring, slowly, () => false);
  expect(looked).toBeLessThan(10);
});
