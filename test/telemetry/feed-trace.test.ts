import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { FEED_TREE } from '../support/feed-tree.ts';
import { type OtlpReceiver, type Span, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { has } from '../support/parts.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { orphans, roots, tree } from '../support/trace-tree.ts';

const traceIdOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[1] ?? '';
const rootOf = (spans: Span[]): Span => {
  const [root] = roots(spans);
  if (!root) throw new Error('no root');
  return root;
};

describe.each(has('redis') ? (['memory', 'redis'] as const) : (['memory'] as const))('with the %s cache', (system) => {
  let database: TestDatabase;
  let receiver: OtlpReceiver;
  let redis: TestServer | undefined;
  let server: ServerProcess;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    // With servers of one's own, the oldest PostgreSQL that is supported.
    const postgres = system === 'redis' && has('postgres15') ? 'postgres15' : 'embedded';
    [database, receiver] = await Promise.all([createTestDatabase(postgres), startOtlpReceiver()]);
    if (system === 'redis') redis = await startRedis();
    server = await startServer({
      databaseUrl: database.url,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_BSP_SCHEDULE_DELAY: '50ms',
        // 100 uncached feeds at once queue for 10 connections; this test is not about the budget.
        FEED_SOURCE_TIMEOUT: '3s',
        RATE_LIMIT_ENABLED: 'true',
        ...(redis ? { REDIS_URL: redis.url } : {}),
      },
    });
    alice = await register(server.url, 'alice');
    bob = await register(server.url, 'bob');
    for (let i = 0; i < 5; i += 1) await post(bob);
    await alice.fetch('/api/v1/users/bob/follow', { method: 'POST' });
  });

  afterAll(async () => {
    await server?.stop();
    await Promise.all([database?.close(), receiver?.close(), redis?.stop()]);
  });

  const traceOf = async (response: Response): Promise<Span[]> => {
    await response.arrayBuffer();
    return receiver.waitForTrace(traceIdOf(response));
  };

  it('shows an uncached feed: one root, a span a source, each query once, the cache asked and filled', async () => {
    await alice.fetch(`/api/v1/posts/${await post(alice)}`, { method: 'DELETE' });
    const response = await alice.fetch('/api/v1/feed/unified?limit=7', {
      headers: { 'x-client-type': 'plugin', 'x-client-version': '1.2.3' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-cache')).toBe('MISS');
    const spans = await traceOf(response);

    expect(orphans(spans)).toEqual([]);
    expect(roots(spans)).toHaveLength(1);
    const root = rootOf(spans);
    expect(root).toMatchObject({ name: 'GET /api/v1/feed/unified', kind: 'SERVER', status: { code: 'UNSET' } });
    expect(root.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/api/v1/feed/unified',
      'http.response.status_code': 200,
      'url.path': '/api/v1/feed/unified',
      'url.scheme': 'http',
      'client.address': '127.0.0.1',
      'user.id': alice.id,
      'user.roles': ['MEMBER'],
      'feed.type': 'unified',
      'feed.limit': 7,
      'feed.count': 5,
      'cache.hit': false,
      'client.type': 'plugin',
      'client.version': '1.2.3',
      'request.id': response.headers.get('x-request-id'),
    });
    expect(Number(root.attributes['http.response.body.size'])).toBeGreaterThan(100);
    expect(root.resource).toMatchObject({
      'service.name': 'sidechain-backend',
      'deployment.environment.name': 'development',
    });

    const names = spans.map((span) => span.name);
    for (const source of ['following', 'recommended', 'trending', 'recent']) {
      expect(names.filter((name) => name === `feed.source ${source}`)).toHaveLength(1);
    }
    const queries = spans.filter((span) => span.attributes['db.system.name'] === 'postgresql');
    expect(queries.length).toBeLessThanOrEqual(6);
    expect(new Set(queries.map((query) => query.attributes['db.query.text'])).size).toBe(queries.length);
    for (const query of queries) {
      expect(query.kind).toBe('CLIENT');
      expect(query.name).toBe(`${query.attributes['db.operation.name']} ${query.attributes['db.collection.name']}`);
      expect(query.attributes).toMatchObject({
        'db.namespace': expect.any(String),
        'db.query.summary': query.name,
        'db.response.returned_rows': expect.any(Number),
        'server.address': '127.0.0.1',
        'server.port': expect.any(Number),
      });
      expect(String(query.attributes['db.query.text'])).not.toContain(alice.id);
    }
    // The sources run at once, so their order is not given.
    expect(tree(spans).split('\n').toSorted()).toEqual(FEED_TREE.toSorted());

    const caches = spans.filter((span) => span.attributes['cache.namespace'] !== undefined);
    expect(
      caches.map((span) => [span.name, span.kind, span.attributes['db.system.name'], span.attributes['cache.hit']]),
    ).toEqual(
      expect.arrayContaining([
        ['GET feed:unified', 'CLIENT', system, false],
        ['SET feed:unified', 'CLIENT', system, undefined],
      ]),
    );
    expect(JSON.stringify(caches.map((span) => span.attributes))).not.toContain(alice.id);
  });

  it('shows a cached feed as root and cache, without a query', async () => {
    await (await alice.fetch('/api/v1/feed/unified?limit=3')).text();
    const response = await alice.fetch('/api/v1/feed/unified?limit=3');
    expect(response.headers.get('x-cache')).toBe('HIT');
    const spans = await traceOf(response);
    expect(tree(spans)).toBe('GET /api/v1/feed/unified\n  GET feed:unified');
    expect(rootOf(spans).attributes).toMatchObject({ 'cache.hit': true, 'user.id': alice.id, 'feed.type': 'unified' });
  });

  it('keeps 100 requests in flight apart', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, (_, i) => register(server.url, `crowd${i}_${system}`)));
    const responses = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const person = people[i % people.length] as Person;
        const response = await person.fetch(`/api/v1/feed/unified?limit=${1 + i}`);
        return { person, limit: 1 + i, response, spans: await traceOf(response) };
      }),
    );
    for (const { person, limit, response, spans } of responses) {
      expect(response.status).toBe(200);
      expect(orphans(spans)).toEqual([]);
      expect(roots(spans)).toHaveLength(1);
      expect(rootOf(spans).attributes).toMatchObject({ 'user.id': person.id, 'feed.limit': limit });
      expect(spans.filter((span) => span.name === 'feed.hydrate')).toHaveLength(1);
      expect(spans.filter((span) => span.name.startsWith('feed.source'))).toHaveLength(4);
    }
  });

  it.each([
    ['422', '/api/v1/feed/unified?limit=0', {}, 422, 'GET /api/v1/feed/unified'],
    ['401', '/api/v1/feed/unified', { authorization: 'Bearer nonsense' }, 401, 'GET /api/v1/feed/unified'],
    ['404', '/api/v1/no/such/route', {}, 404, 'GET'],
  ] as const)('shows a %s as the mistake of the caller', async (_name, path, headers, status, name) => {
    const response = await call(server.url, path, { headers: { authorization: `Bearer ${alice.token}`, ...headers } });
    const body = (await response.clone().json()) as { trace_id: string; code: string; field?: string };
    expect(response.status).toBe(status);
    expect(body.trace_id).toBe(traceIdOf(response));
    const root = rootOf(await traceOf(response));
    // It says why, as the body does.
    expect(root.attributes['request.error.code']).toBe(body.code);
    expect(root.attributes['request.error.field']).toBe(body.field);
    expect(root.name).toBe(name);
    expect(root.status.code).toBe('UNSET');
    expect(root.attributes['http.response.status_code']).toBe(status);
    expect(root.events).toEqual([]);
  });

  it('names no span after an odd method', async () => {
    const response = await call(server.url, '/api/v1/feed/unified', { method: 'PROPFIND' });
    const root = rootOf(await traceOf(response));
    expect(root.name).toMatch(/^HTTP( |$)/);
    expect(root.attributes['http.request.method']).toBe('_OTHER');
  });

  it('continues the trace of a caller', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'.replace('0a', system === 'redis' ? 'aa' : 'bb');
    const response = await call(server.url, '/health', {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(traceIdOf(response)).toBe(traceId);
    const root = rootOf(await traceOf(response));
    expect(root.parentSpanId).toBe('b7ad6b7169203331');
  });

  it('writes the ids of the request on every line, the access line too', async () => {
    const response = await alice.fetch('/api/v1/feed/unified?limit=11', {
      headers: { 'x-request-id': 'from-the-client.1' },
    });
    await response.text();
    const line = await server.waitForLog(
      ({ http, request_id }) => http !== undefined && request_id === 'from-the-client.1',
    );
    expect(line).toMatchObject({
      level: 'info',
      trace_id: traceIdOf(response),
      trace_flags: '01',
      user_id: alice.id,
      http: {
        method: 'GET',
        route: '/api/v1/feed/unified',
        path: '/api/v1/feed/unified',
        status: 200,
        duration_ms: expect.any(Number),
        client_address: '127.0.0.1',
      },
    });
    expect(line.span_id).toBe(response.headers.get('traceparent')?.split('-')[2]);
    // Every line with a trace id is of a request that was traced, and every access line has one.
    for (const { http, trace_id, request_id } of server.logLines())
      if (http) expect([trace_id, request_id]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.any(String)]);
  });

  it('marks a client that hangs up', async () => {
    const traceId = system === 'redis' ? 'c'.repeat(32) : 'd'.repeat(32);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    // Half of a body: the server waits for the rest, so it is certain that nothing was answered yet.
    socket.write(
      `POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\ntraceparent: 00-${traceId}-b7ad6b7169203331-01\r\n\r\n{"email":`,
    );
    await sleep(200);
    socket.destroy();
    const root = rootOf(await receiver.waitForTrace(traceId));
    expect(root.attributes['error.type']).toBe('client_closed');
    expect(root.attributes['http.response.status_code']).toBeUndefined();
    expect(root.status.code).toBe('UNSET');
    const line = await server.waitForLog(({ http, trace_id }) => http !== undefined && trace_id === traceId);
    expect(line.http?.status).toBe(499);
  });

  it('shows a source that overran its budget, and answers without it', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE genre_rankings IN ACCESS EXCLUSIVE MODE');
    const response = await alice.fetch('/api/v1/feed/unified?limit=13', { headers: { 'cache-control': 'no-cache' } });
    await blocker.end();
    expect(response.status).toBe(200);
    const body = (await response.clone().json()) as { meta: { degraded_sources: string[] }; activities: unknown[] };
    expect(body.meta.degraded_sources).toEqual(['recommended']);
    expect(body.activities.length).toBeGreaterThan(0);
    await response.text();
    const spans = await receiver.waitForTrace(traceIdOf(response));
    expect(rootOf(spans).attributes['feed.sources.degraded']).toEqual(['recommended']);
    const late = spans.find((span) => span.name === 'feed.source recommended');
    expect(late?.attributes['feed.source.timed_out']).toBe(true);
  });

  it('tells no secret, neither in spans nor in lines', () => {
    const everything =
      JSON.stringify([...receiver.traces().values()], (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      ) + server.output();
    for (const secret of [alice.token, alice.refreshToken, bob.token, 'Correct-Horse-7!'])
      expect(everything).not.toContain(secret);
  });
});
