import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../../../test/support/raw-request.ts';
import { type AdminServer, startAdminServer } from '../../admin-server.ts';
import { TraceRing } from '../trace-ring.ts';

const viewer = { ring: new TraceRing(), settings: { service: 'sidechain-backend' } };
const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

let admin: AdminServer;
beforeAll(async () => {
  admin = await startAdminServer({ host: '0.0.0.0', port: 0, viewer });
});
afterAll(() => admin.close());

const PATHS = ['/traces', '/traces/api/traces', '/traces/assets/page/main.ts', '/v1/traces', '/traces/nothing'];

/** Whether the guards let it through: what is behind them may well refuse it for another reason. */
const isRefused = async (headers: Record<string, string>, method = 'GET', path = '/traces/api/traces') =>
  (await ask(admin.port, path, { headers, method })).status === 403;

test.each([
  ['localhost', false],
  ['localhost:9464', false],
  ['LOCALHOST', false],
  ['127.0.0.1:9464', false],
  ['[::1]:9464', false],
  ['evil.example', true],
  ['127.0.0.1.evil.example', true],
  ['localhost.evil.example:9464', true],
  ['localhost@evil.example', true],
])('Host %j: refused %j', async (host, refused) => {
  expect(await isRefused({ host })).toBe(refused);
});

test.each([
  ['http://localhost:9464', false],
  ['null', true],
  ['http://evil.example', true],
  ['http://localhost:9465', true],
  ['http://localhost', true],
  ['https://localhost:9464', true],
  ['http://localhost:9464.evil.example', true],
  ['', true],
])('Origin %j: refused %j', async (origin, refused) => {
  expect(await isRefused({ host: 'localhost:9464', origin })).toBe(refused);
});

describe('Sec-Fetch-Site', () => {
  test.each([
    ['same-origin', 'cors', 'GET', false],
    ['none', 'navigate', 'GET', false],
    ['cross-site', 'navigate', 'GET', false],
    ['same-site', 'navigate', 'HEAD', false],
    ['cross-site', 'no-cors', 'GET', true],
    ['same-site', 'cors', 'GET', true],
    ['cross-site', 'websocket', 'GET', true],
    ['cross-site', 'navigate', 'DELETE', true],
  ])('%s, %s, %s: refused %j', async (site, mode, method, refused) => {
    expect(await isRefused({ 'sec-fetch-site': site, 'sec-fetch-mode': mode }, method)).toBe(refused);
  });

  test('a form of another site cannot put spans in', async () => {
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'content-type': 'application/json',
    };
    expect(await isRefused(headers, 'POST', '/v1/traces')).toBe(true);
  });
});

test('each refusal is one line that says why, on every path', async () => {
  for (const path of PATHS) {
    const answer = await ask(admin.port, path, { headers: { host: 'evil.example' } });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.text).toBe('wrong Host header: use localhost or the address\n');
  }
});

test.skipIf(outside === undefined)('from another address only the metrics can be read', async () => {
  const headers = { host: 'localhost' };
  for (const path of PATHS) {
    const answer = await ask(admin.port, path, { host: outside ?? '', headers });
    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(/loopback address/);
  }
  expect((await ask(admin.port, '/metrics', { host: outside ?? '' })).status).toBe(200);
});

test('/metrics has no guards', async () => {
  const headers = { host: 'api:9464', origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
  expect((await ask(admin.port, '/metrics', { headers })).status).toBe(200);
});

test('the name that it is bound to is its own', async () => {
  const bound = await startAdminServer({ host: 'localhost', port: 0, viewer });
  expect((await ask(bound.port, '/traces', { host: 'localhost' })).status).toBe(200);
  await bound.close();
});
