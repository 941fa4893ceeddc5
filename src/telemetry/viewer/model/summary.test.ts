import { expect, test } from 'vitest';
import {
  sampleLine,
  sampleSpan,
  sampleSpanId,
  sampleTrace,
  traceStart,
} from '../../../../test/support/sample-traces.ts';
import { type RunningSpan, summarise } from './summary.ts';

test('says what a request was, from the attributes of its root', () => {
  const trace = sampleTrace(
    [
      sampleSpan({
        id: 'root',
        name: 'GET /feed',
        kind: 'server',
        duration: 42,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/feed',
          'http.response.status_code': 200,
          'user.id': 'u1',
          'feed.type': 'unified',
          'cache.hit': false,
        },
      }),
      sampleSpan({
        id: 'a',
        parent: 'root',
        at: 1,
        service: 'worker',
        status: 'error',
        attributes: { 'http.route': '/other' },
      }),
    ],
    [sampleLine('fine'), sampleLine('broken', { severity: 'fatal' })],
  );
  expect(summarise(trace, 7)).toEqual({
    traceId: trace.traceId,
    seq: 7,
    name: 'GET /feed',
    method: 'GET',
    route: '/feed',
    statusCode: 200,
    userId: 'u1',
    feedType: 'unified',
    cacheHit: false,
    start: traceStart,
    duration: 42,
    services: ['api', 'worker'],
    spans: 2,
    queries: 0,
    repeatedQueries: 0,
    lines: 2,
    errors: 2,
    failed: false,
    complete: true,
    running: [],
  });
});

test('older names of attributes are read too', () => {
  const attributes = { 'http.method': 'POST', 'http.status_code': '503', 'enduser.id': 'u2' };
  const summary = summarise(sampleTrace([sampleSpan({ id: 'root', attributes })]), 1);
  expect(summary).toMatchObject({ method: 'POST', statusCode: 503, userId: 'u2', failed: true });
});

test('of several roots the first counts, of two at the same moment the server', () => {
  const spans = [
    sampleSpan({ id: 'client', at: 5 }),
    sampleSpan({ id: 'server', at: 5, kind: 'server', service: 'web' }),
    sampleSpan({ id: 'later', at: 6, kind: 'server' }),
  ];
  expect(summarise(sampleTrace(spans), 1)).toMatchObject({ name: 'server', services: ['web', 'api'] });
});

test('a span that names no parent counts before an earlier one whose parent is missing', () => {
  const orphan = sampleSpan({ id: 'orphan', parent: 'missing', kind: 'server' });
  const root = sampleSpan({ id: 'root', at: 5, duration: 20 });
  const summary = summarise(sampleTrace([orphan, root]), 1);
  expect(summary).toMatchObject({ name: 'root', duration: 20, complete: true });
});

test('a root whose caller is elsewhere is complete when it is a server, else something is missing', () => {
  const served = sampleSpan({ id: 'a', parent: 'elsewhere', kind: 'server' });
  const inner = sampleSpan({ id: 'a', parent: 'missing', duration: 5 });
  const later = sampleSpan({ id: 'b', parent: 'a', at: 20, duration: 10 });
  expect(summarise(sampleTrace([served]), 1).complete).toBe(true);
  expect(summarise(sampleTrace([inner, later]), 1)).toMatchObject({ complete: false, duration: 30 });
});

const running = (id: string, rest: Partial<RunningSpan> = {}): RunningSpan => ({
  spanId: sampleSpanId(id),
  parentSpanId: undefined,
  name: id,
  kind: 'internal',
  service: 'api',
  start: traceStart,
  isLocalRoot: true,
  ...rest,
});

test('a root that still runs gives its name and start', () => {
  const spans = [sampleSpan({ id: 'a', parent: 'running', at: 20, duration: 10, attributes: { 'http.route': '/x' } })];
  const summary = summarise(sampleTrace(spans), 1, [running('running', { name: 'GET /feed' })]);
  expect(summary).toMatchObject({
    name: 'GET /feed',
    start: traceStart,
    duration: 30,
    complete: false,
    route: undefined,
  });
});

test('a job that runs on is told of, and the request that began it gives the name', () => {
  const request = sampleSpan({ id: 'request', name: 'POST /upload', kind: 'server' });
  const step = sampleSpan({ id: 'step', parent: 'job', at: 20 });
  const job = running('job', { start: traceStart + 15, parentSpanId: request.spanId, kind: 'consumer' });
  const summary = summarise(sampleTrace([request, step]), 1, [job]);
  expect(summary).toMatchObject({ name: 'POST /upload', duration: 10, complete: true, running: [{ name: 'job' }] });
  // Also when there was no room for the span that it runs below.
  const lost = { ...job, parentSpanId: sampleSpanId('lost') };
  expect(summarise(sampleTrace([request, step]), 1, [lost])).toMatchObject({ name: 'POST /upload', complete: true });
  // Nor does it matter which of several that run began first.
  const open = running('request', { start: traceStart + 1, name: 'POST /upload' });
  expect(summarise(sampleTrace([step]), 1, [lost, open])).toMatchObject({ name: 'POST /upload', complete: false });
});

test('each query of a database counts once, a cache never', () => {
  const sql = { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT 1' };
  const spans = [
    sampleSpan({ id: 'root' }),
    sampleSpan({ id: 'library', parent: 'root', attributes: sql }),
    sampleSpan({ id: 'driver', parent: 'library', kind: 'client', attributes: sql }),
    sampleSpan({ id: 'old', parent: 'root', attributes: { 'db.statement': 'SELECT 2' } }),
    sampleSpan({ id: 'redis', parent: 'root', attributes: { 'db.system.name': 'redis', 'db.query.text': 'GET x' } }),
    sampleSpan({ id: 'memory', parent: 'root', attributes: { 'db.system.name': 'memory' } }),
  ];
  expect(summarise(sampleTrace(spans), 1).queries).toBe(2);
});

test('a statement that ran again and again under one span is counted once', () => {
  const sql = { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT 1' };
  const spans = ['a', 'b', 'c'].map((id) => sampleSpan({ id, parent: 'root', attributes: sql }));
  const repeats = (count: number) =>
    summarise(sampleTrace([sampleSpan({ id: 'root' }), ...spans.slice(0, count)]), 1).repeatedQueries;
  expect([repeats(2), repeats(3)]).toEqual([0, 1]);
});

test('a transaction is no query more than those within it', () => {
  const system = { 'db.system.name': 'postgresql' };
  const spans = ['a', 'b', 'c'].map((id) => sampleSpan({ id, parent: 'transaction', attributes: system }));
  expect(summarise(sampleTrace([sampleSpan({ id: 'transaction', attributes: system }), ...spans]), 1).queries).toBe(3);
});

test('a trace of log lines alone, and one of spans that are each other’s parents, have a summary', () => {
  expect(summarise(sampleTrace([], [sampleLine('hello')]), 1)).toMatchObject({
    start: traceStart,
    duration: 0,
    complete: false,
  });
  const ring = [sampleSpan({ id: 'a', parent: 'b' }), sampleSpan({ id: 'b', parent: 'a' })];
  expect(summarise(sampleTrace(ring), 1).name).toBe('a');
});
