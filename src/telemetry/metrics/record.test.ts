import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { setExemplarPolicy } from './exemplars.ts';
import { metricsText } from './exposition.ts';
import { watchPool } from './pool.ts';
import * as metrics from './record.ts';
import { registry } from './registry.ts';
import * as self from './self.ts';

const { tracer } = recordSpans();
const unsampled = recordSpans({ ratio: 0 }).tracer;

/** The root span of a request that has ended. */
const ended = (from = tracer): Span => {
  const span = from.startSpan('GET /posts/:id');
  span.end();
  return span;
};
const request = { method: 'GET', route: '/posts/:id', status: 200, seconds: 0.2, requestBytes: 0, responseBytes: 321 };

const lines = async (name: string, now?: number): Promise<string[]> =>
  (await metricsText('application/openmetrics-text', now)).body.split('\n').filter((line) => line.startsWith(name));
const exemplarsOf = async (name: string, now?: number) =>
  (await lines(name, now)).filter((line) => line.includes(' # '));

beforeAll(() => {
  metrics.declareRoutes(['/posts/:id']);
  metrics.declareFields(['genre', 'profile.bio']);
});

beforeEach(() => {
  registry.resetMetrics();
  setExemplarPolicy(() => true);
});

describe('exemplars', () => {
  test('a trace that is kept is one click away from its bucket', async () => {
    const root = ended();
    const { traceId, spanId } = root.spanContext();
    metrics.recordHttpRequest({ ...request, root });
    const [line = ''] = await exemplarsOf('http_server_request_duration_seconds_bucket');
    expect(line).toMatch(/le="0.25".*\} 1 # \{.*\} 0\.2 \d+\.\d{3}$/);
    expect(line).toContain(`# {trace_id="${traceId}",span_id="${spanId}"}`);
  });

  test('queries and feeds take the running span', async () => {
    tracer.startActiveSpan('GET /feed', () => {
      metrics.recordDbQuery({ operation: 'SELECT', collection: 'posts', seconds: 0.01 });
      metrics.recordFeedGeneration({ feedType: 'unified', cache: 'HIT', seconds: 0.01 });
    });
    expect(await exemplarsOf('db_client_operation_duration_seconds_bucket')).toHaveLength(1);
    expect(await exemplarsOf('feed_generation_duration_seconds_bucket')).toHaveLength(1);
  });

  test('an unsampled trace has one once it is kept for another reason, and not before', async () => {
    unsampled.startActiveSpan('GET /feed', (root) => {
      metrics.recordDbQuery({ operation: 'SELECT', collection: 'posts', seconds: 0.01 });
      root.setStatus({ code: SpanStatusCode.ERROR }).end();
      metrics.recordHttpRequest({ ...request, root });
    });
    expect(await exemplarsOf('db_client_operation_duration_seconds_bucket')).toEqual([]);
    expect(await exemplarsOf('http_server_request_duration_seconds_bucket')).toHaveLength(1);
  });

  test('a trace of which something was lost has none', async () => {
    const full = { take: () => false, shutdown: async () => {} };
    metrics.recordHttpRequest({ ...request, root: ended(recordSpans({ sinks: [full] }).tracer) });
    expect(await exemplarsOf('http_server_request_duration_seconds_bucket')).toEqual([]);
  });

  test.each([
    ['an unsampled trace', () => ended(unsampled), true],
    ['a trace that can be found nowhere', () => ended(), false],
    ['a span of somebody else', () => trace.wrapSpanContext({ ...ended().spanContext() }), true],
  ])('%s leaves none, and the value still counts', async (_, root, kept) => {
    setExemplarPolicy(() => kept);
    metrics.recordHttpRequest({ ...request, root: root() });
    expect(await exemplarsOf('http_server_request_duration_seconds_bucket')).toEqual([]);
    expect((await lines('http_server_request_duration_seconds_count'))[0]).toMatch(/ 1$/);
  });

  test('a policy that throws loses nothing but the value', () => {
    setExemplarPolicy(() => {
      throw new Error('no');
    });
    expect(() => metrics.recordHttpRequest({ ...request, root: ended() })).not.toThrow();
  });

  test('one that is an hour old is gone', async () => {
    metrics.recordHttpRequest({ ...request, root: ended() });
    const now = Date.now() / 1000;
    expect(await exemplarsOf('http_server', now + 3590)).toHaveLength(1);
    expect(await exemplarsOf('http_server', now + 3601)).toEqual([]);
  });
});

describe('labels are closed sets', () => {
  test('methods, routes and statuses', async () => {
    metrics.recordHttpRequest({ ...request, method: 'BREW', route: '/posts/17', status: 99 });
    metrics.recordHttpRequest({ ...request, method: 'BREW', route: undefined, status: Number.NaN });
    expect(await lines('http_server_request_duration_seconds_count')).toEqual([
      'http_server_request_duration_seconds_count{http_request_method="_OTHER",http_route="(unknown)",http_response_status_code="(other)"} 2',
    ]);
  });

  test('fields of refused inputs, without the index of an item', async () => {
    for (const field of ['genre', 'genre.0', 'genre[12]', 'profile.bio']) {
      metrics.recordValidationFailure('/posts/:id', field);
    }
    metrics.recordValidationFailure('/posts/:id', 'made up by a stranger');
    metrics.recordValidationFailure('/posts/:id', undefined);
    expect(await lines('validation_failures_total')).toEqual([
      'validation_failures_total{http_route="/posts/:id",field="genre"} 3',
      'validation_failures_total{http_route="/posts/:id",field="profile.bio"} 1',
      'validation_failures_total{http_route="/posts/:id",field="(other)"} 2',
    ]);
  });

  test('error codes', async () => {
    metrics.recordError('NOT_FOUND', '/posts/:id');
    metrics.recordError('OOPS', '/nowhere');
    expect(await lines('errors_total')).toEqual([
      'errors_total{code="NOT_FOUND",http_route="/posts/:id"} 1',
      'errors_total{code="(other)",http_route="(unknown)"} 1',
    ]);
  });
});

test('a value that makes no sense is left out in silence', async () => {
  metrics.recordHttpRequest({ ...request, seconds: Number.NaN });
  metrics.recordFeedItems({ feedType: 'unified', source: 'recent', count: -1 });
  expect(await lines('http_server_request_duration_seconds_count')).toEqual([]);
});

test('active requests never fall below none', async () => {
  metrics.requestStarted();
  metrics.requestStarted();
  metrics.requestEnded();
  expect(await lines('http_server_active_requests')).toEqual(['http_server_active_requests 1']);
  metrics.requestEnded();
  metrics.requestEnded();
  expect(await lines('http_server_active_requests')).toEqual(['http_server_active_requests 0']);
});

test('the pool is read at the scrape, and is silent once it is gone', async () => {
  watchPool(() => ({ used: 3, idle: 4, waiting: 5 }));
  expect(await lines('db_client_connections')).toEqual([
    'db_client_connections{state="used"} 3',
    'db_client_connections{state="idle"} 4',
    'db_client_connections_pending_requests 5',
  ]);
  watchPool(() => {
    throw new Error('closed');
  });
  expect(await lines('db_client_connections')).toEqual(['db_client_connections_pending_requests 0']);
});

test('telemetry counts what became of its own spans', async () => {
  const startedOf = async (): Promise<number> =>
    Number((await lines('telemetry_spans_started_total'))[0]?.split(' ')[1]);
  const startedBefore = await startedOf();
  self.recordSpanStarted();
  expect((await startedOf()) - startedBefore).toBe(1);
  self.recordSpansExported(7);
  self.recordSpansDropped('queue_full', 3);
  self.recordExport(0.2, 'timeout');
  self.recordTraceKept('rate');
  self.watchExportQueue(() => 12);
  self.setInstrumentationActive('@opentelemetry/instrumentation-express', true);
  const text = (await metricsText('')).body;
  for (const line of [
    'telemetry_spans_exported_total 7',
    'telemetry_spans_dropped_total{reason="queue_full"} 3',
    'telemetry_export_failures_total{reason="timeout"} 1',
    'telemetry_exporter_up 0',
    'telemetry_traces_kept_total{reason="rate"} 1',
    'telemetry_export_queue_spans 12',
    'telemetry_instrumentation_active{name="@opentelemetry/instrumentation-express"} 1',
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
});
