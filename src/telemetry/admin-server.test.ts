import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../test/support/raw-request.ts';
import { recordSpans } from '../../test/support/recorded-spans.ts';
import { type AdminServer, startAdminServer } from './admin-server.ts';
import { TraceRing } from './viewer/trace-ring.ts';

const ring = new TraceRing();
const viewer = { ring, settings: { service: 'sidechain-backend' } };
let development: AdminServer;
let production: AdminServer;
let traceId: string;

beforeAll(async () => {
  const span = recordSpans({ sinks: [ring] }).tracer.startSpan('GET /api/v1/posts/:id');
  span.end();
  traceId = span.spanContext().traceId;
  development = await startAdminServer({ host: '127.0.0.1', port: 0, viewer });
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
    expect(text.text).toContain('process_resident_memory_bytes');
    const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
    const openMetrics = await ask(production.port, '/metrics', { headers });
    expect(openMetrics.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(openMetrics.text.endsWith('# EOF\n')).toBe(true);
  });

  test('HEAD has the headers and no body; other methods are told so', async () => {
    const head = await ask(production.port, '/metrics', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
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
    expect(list.text).toContain(`GET /api/v1/posts/:id`);
    expect(list.text).toContain(traceId);
    const one = await ask(development.port, `/traces/${traceId}`);
    expect(one.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(one.text).toContain('GET /api/v1/posts/:id');
    expect((await ask(development.port, `/traces/${'0'.repeat(32)}`)).status).toBe(404);
  });

  test('is not there when the viewer is off, nor is anything of it', async () => {
    for (const path of ['/traces', `/traces/${traceId}`, '/traces/api/traces', '/traces/assets/page/main.ts'])
      expect((await ask(production.port, path)).status).toBe(404);
    for (const path of ['/v1/traces', '/v1/logs'])
      expect((await ask(production.port, path, { method: 'POST' })).status).toBe(404);
  });
});

test.each(['/', '/metricsx', '/traces-of-all', '/%', '//metrics', '/metrics/'])('%s is not found', async (path) => {
  const { status, text } = await ask(production.port, path);
  expect(status).toBe(404);
  expect(text).not.toContain(' at ');
});

test('a port that is taken says which, and what sets it', async () => {
  await expect(startAdminServer({ host: '127.0.0.1', port: production.port })).rejects.toThrow(
    `port ${production.port} of 127.0.0.1 is taken; METRICS_PORT sets another one`,
  );
});
