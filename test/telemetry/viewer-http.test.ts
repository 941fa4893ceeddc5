import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOtlpTrace } from '../../src/telemetry/viewer/model/from-otlp.ts';
import type { TraceSummary } from '../../src/telemetry/viewer/model/summary.ts';
import type { ViewerTrace } from '../../src/telemetry/viewer/model/trace.ts';
import { type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openEventStream } from '../support/event-stream.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

let database: TestDatabase;
let server: ServerProcess;
let alice: Person;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startServer({
    databaseUrl: database.url,
    env: { TRACE_VIEWER: 'true', ROLES: 'api', RATE_LIMIT_ENABLED: 'false' },
  });
  alice = await register(server.url, 'alice');
  await post(alice);
});
afterAll(async () => {
  await server?.stop();
  await database?.close();
});

const FEED = '/api/v1/feed/unified';
const traceIdOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[1] ?? '';

const viewer = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server.metricsUrl}${path}`, init);

const readTrace = async (id: string): Promise<ViewerTrace> =>
  readOtlpTrace(await (await viewer(`/traces/api/traces/${id}`)).json(), id);

/** Its access line is the last thing that a request writes. */
const wholeTrace = async (id: string): Promise<ViewerTrace> => {
  await expect.poll(async () => (await readTrace(id)).lines.length).toBeGreaterThan(0);
  return readTrace(id);
};

const summaries = ({ data }: { data: unknown }): TraceSummary[] => (data as { traces: TraceSummary[] }).traces;

it('shows a request within a second, on the lists that it matches', async () => {
  const stream = (query: string) => openEventStream(`${server.metricsUrl}/traces/api/stream?${query}`);
  const feeds = await stream(`route=${encodeURIComponent(FEED)}&user=${alice.id}`);
  const failed = await stream('status=error');
  for (const list of [feeds, failed]) await list.waitFor(({ event }) => event === 'list');
  const response = await alice.fetch(FEED);
  const id = traceIdOf(response);
  const event = await feeds.waitFor(
    (one) => one.event === 'changes' && summaries(one).some(({ traceId, complete }) => traceId === id && complete),
    1000,
  );
  expect(summaries(event).find(({ traceId }) => traceId === id)).toMatchObject({
    name: `GET ${FEED}`,
    method: 'GET',
    route: FEED,
    statusCode: 200,
    userId: alice.id,
    feedType: 'unified',
    services: ['sidechain-backend'],
    errors: 0,
    failed: false,
  });
  expect(JSON.stringify(failed.events)).not.toContain(id);
  feeds.close();
  failed.close();
});

it('gives the whole trace, with its log lines', async () => {
  const id = traceIdOf(await alice.fetch(FEED));
  const { spans, lines, dropped } = await wholeTrace(id);
  const root = spans.find(({ kind }) => kind === 'server');
  expect(root).toMatchObject({ name: `GET ${FEED}`, service: 'sidechain-backend', status: 'unset' });
  expect(root?.resource).toMatchObject({ 'service.name': 'sidechain-backend' });
  const ids = new Set(spans.map(({ spanId }) => spanId));
  for (const span of spans) if (span !== root) expect(ids).toContain(span.parentSpanId);
  expect(lines.at(-1)).toMatchObject({ spanId: root?.spanId, severity: 'info', service: 'sidechain-backend' });
  expect(lines.at(-1)?.message).toContain(FEED);
  expect(dropped).toEqual({ spans: 0, lines: 0 });
  const text = await viewer(`/traces/${id}`, { headers: { accept: 'text/plain' } });
  expect(await text.text()).toContain(`GET ${FEED}`);
});

it('says what is wrong with a filter, and where', async () => {
  const response = await viewer(`/traces/api/traces?q=${encodeURIComponent('{ duration ~ 100ms }')}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ message: expect.any(String), field: 'q', position: expect.any(Number) });
});

it('takes its own file back, exact to the nanosecond', async () => {
  const id = traceIdOf(await alice.fetch('/api/v1/feed/unified?limit=5'));
  await wholeTrace(id);
  const download = async (): Promise<string> => (await viewer(`/traces/api/traces/${id}?download`)).text();
  const file = await download();
  expect((await viewer('/traces/api/traces', { method: 'DELETE' })).status).toBe(204);
  expect((await viewer(`/traces/api/traces/${id}`)).status).toBe(404);
  for (const path of ['/v1/traces', '/v1/logs']) {
    const response = await viewer(path, {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, await response.json()]).toEqual([200, {}]);
  }
  expect(JSON.parse(await download())).toEqual(JSON.parse(file));
  expect(file).toMatch(/"startTimeUnixNano":"\d{19}"/);
});

it('serves its page without a word on stderr', async () => {
  const page = await viewer('/traces', { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect((await viewer('/traces/assets/page/main.ts')).status).toBe(200);
  for (const line of server.output().trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

it('has nothing to say about a sender that breaks off', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': '1000' };
  const upload = request(`${server.metricsUrl}/v1/traces`, { method: 'POST', headers });
  upload.on('error', () => {});
  upload.write('{"resourceSpans":');
  await sleep(100);
  upload.destroy();
  await sleep(200);
  expect((await viewer('/traces/api/traces')).status).toBe(200);
  expect(server.logLines().filter(({ level }) => level === 'error')).toEqual([]);
});

it('ends its streams when the process ends, which does not wait for them', async () => {
  const other = await startServer({ databaseUrl: database.url, env: { TRACE_VIEWER: 'true', ROLES: 'api' } });
  const stream = await openEventStream(`${other.metricsUrl}/traces/api/stream`);
  await stream.waitFor(({ event }) => event === 'list');
  const before = performance.now();
  expect(await other.stop()).toBe(0);
  expect(performance.now() - before).toBeLessThan(5000);
  await expect.poll(() => stream.ended).toBe(true);
});

it('is not there when it is off: no page, no intake, nothing of it loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-coverage-'));
  try {
    // Node writes down which files it has run.
    const off = await startServer({
      databaseUrl: database.url,
      env: { TRACE_VIEWER: 'false', ROLES: 'api', NODE_V8_COVERAGE: folder },
    });
    await register(off.url, 'bob');
    for (const path of ['/traces', '/traces/api/traces', '/traces/api/stream', '/traces/assets/page/main.ts'])
      expect([path, (await fetch(`${off.metricsUrl}${path}`)).status]).toEqual([path, 404]);
    for (const path of ['/v1/traces', '/v1/logs']) {
      const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      expect([path, (await fetch(`${off.metricsUrl}${path}`, init)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${off.metricsUrl}/metrics`)).status).toBe(200);
    expect(await off.stop()).toBe(0);
    const coverage = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const loaded = coverage.join('\n').match(/src\/telemetry\/[\w/-]+\.ts|node_modules\/protobufjs/g) ?? [];
    expect(loaded).toContain('src/telemetry/admin-server.ts');
    const ours = new Set(loaded.filter((file) => file.includes('/viewer/') || file.includes('protobufjs')));
    expect([...ours]).toEqual(['src/telemetry/viewer/trace-link.ts']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
