import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSpans } from '../../test/support/recorded-spans.ts';
import { type AdminServer, startAdminServer } from './admin-server.ts';
import { RecentTraces } from './recent-traces.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Unlike fetch, sends the Host header that it is told to. */
const ask = (port: number, path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  new Promise<Answer>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, ...options }, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
    })
      .on('error', reject)
      .end();
  });

const recentTraces = new RecentTraces();
let development: AdminServer;
let production: AdminServer;
let traceId: string;

beforeAll(async () => {
  const span = recordSpans({ sinks: [recentTraces] }).tracer.startSpan('GET /api/v1/posts/:id');
  span.end();
  traceId = span.spanContext().traceId;
  development = await startAdminServer({ host: '127.0.0.1', port: 0, recentTraces });
  production = await startAdminServer({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await development.close();
  await production.close();
});

describe('/metrics', () => {
  test('answers in the format that is asked for', async () => {
    const text = await ask(production.port, '/metrics');
    expect([text.status, text.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text.body).toContain('process_resident_memory_bytes');
    const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
    const openMetrics = await ask(production.port, '/metrics', { headers });
    expect(openMetrics.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(openMetrics.body.endsWith('# EOF\n')).toBe(true);
  });

  test('HEAD has the headers and no body; other methods are told so', async () => {
    const head = await ask(production.port, '/metrics', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
    const post = await ask(production.port, '/metrics?x=1', { method: 'POST' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test('may be scraped by any name', async () => {
    expect((await ask(production.port, '/metrics', { headers: { host: 'api:9464' } })).status).toBe(200);
  });
});

describe('/traces', () => {
  test('lists the traces and shows one', async () => {
    const list = await ask(development.port, '/traces');
    expect(list.body).toContain(`GET /api/v1/posts/:id`);
    expect(list.body).toContain(traceId);
    const one = await ask(development.port, `/traces/${traceId}`);
    expect(one.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(one.body).toContain('GET /api/v1/posts/:id');
    expect((await ask(development.port, `/traces/${'0'.repeat(32)}`)).status).toBe(404);
  });

  test('is not there in production', async () => {
    expect((await ask(production.port, '/traces')).status).toBe(404);
    expect((await ask(production.port, `/traces/${traceId}`)).status).toBe(404);
  });

  test.each([
    ['localhost', 200],
    ['localhost:9464', 200],
    ['127.0.0.1:9464', 200],
    ['[::1]:9464', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost@evil.example', 403],
  ])('under the name %j it is %i', async (host, status) => {
    expect((await ask(development.port, '/traces', { headers: { host } })).status).toBe(status);
  });
});

test.each(['/', '/metricsx', '/traces-of-all', '/%', '//metrics', '/metrics/'])('%s is not found', async (path) => {
  const { status, body } = await ask(production.port, path);
  expect(status).toBe(404);
  expect(body).not.toContain(' at ');
});

test('a port that is taken says which, and what sets it', async () => {
  await expect(startAdminServer({ host: '127.0.0.1', port: production.port })).rejects.toThrow(
    `port ${production.port} of 127.0.0.1 is taken; METRICS_PORT sets another one`,
  );
});
