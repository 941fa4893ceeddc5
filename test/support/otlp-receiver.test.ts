import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import { orphans, tree } from './trace-tree.ts';

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(() => {
  receiver.clear();
  receiver.setBehaviour('ok');
});
afterAll(() => receiver.close());

const CALLER = { traceId: 'f0'.repeat(16), spanId: 'e1'.repeat(8), traceFlags: 1, isRemote: true };

/** Sends a trace of three spans whose root has a parent in another process. */
const sendTrace = async (exporter: SpanExporter): Promise<void> => {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sidechain-backend' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('sidechain');
  // Given, because the SDK may start two spans in the same moment, and each is sent by itself.
  const began = Date.now() - 10;
  const caller = trace.setSpanContext(ROOT_CONTEXT, CALLER);
  const root = tracer.startSpan('GET /a', { kind: SpanKind.SERVER, startTime: began }, caller);
  const inside = trace.setSpan(ROOT_CONTEXT, root);
  const child = tracer.startSpan(
    'feed.get',
    { startTime: began + 1, attributes: { count: 20, ratio: 0.5, sources: ['a', 'b'], hit: true } },
    inside,
  );
  child.addEvent('feed cached', { ttl: 30 });
  child.end();
  const links = [{ context: CALLER }];
  tracer.startSpan('SELECT posts', { startTime: began + 2, kind: SpanKind.CLIENT, links }, inside).end();
  root.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
};

const url = (path = '/v1/traces') => `${receiver.endpoint}${path}`;

describe('a trace that an exporter sends arrives whole', () => {
  test.each([
    ['JSON', () => new JsonExporter({ url: url() })],
    ['JSON, gzip', () => new JsonExporter({ url: url(), compression: 'gzip' as never })],
    ['protobuf', () => new ProtobufExporter({ url: url() })],
    ['protobuf, gzip', () => new ProtobufExporter({ url: url(), compression: 'gzip' as never })],
  ])('%s', async (_, exporter) => {
    await sendTrace(exporter());
    const spans = await receiver.waitForTrace(CALLER.traceId, { spans: 3, rootEnded: true });
    expect(tree(spans)).toBe('GET /a\n  feed.get\n  SELECT posts');
    expect(orphans(spans)).toEqual([]);
    const [root, feed, select] = ['GET /a', 'feed.get', 'SELECT posts'].map((name) =>
      spans.find((s) => s.name === name),
    );
    expect(root).toMatchObject({ kind: 'SERVER', parentSpanId: CALLER.spanId, remoteParent: true });
    expect(root).toMatchObject({ status: { code: 'ERROR', message: 'gone' }, scope: 'sidechain' });
    expect(root?.resource).toMatchObject({ 'service.name': 'sidechain-backend' });
    expect(root?.durationMs).toBeGreaterThanOrEqual(0);
    expect(Number(root?.start) / 1e6).toBeGreaterThan(Date.now() - 60_000);
    expect(feed?.attributes).toEqual({ count: 20, ratio: 0.5, sources: ['a', 'b'], hit: true });
    expect(feed?.events).toMatchObject([{ name: 'feed cached', attributes: { ttl: 30 } }]);
    expect(select).toMatchObject({ kind: 'CLIENT', links: [{ traceId: CALLER.traceId, spanId: CALLER.spanId }] });
    expect(receiver.requests.map((request) => request.status)).toEqual([200, 200, 200]);
    expect(receiver.requests[0]?.bytes).toBeGreaterThan(50);
  });
});

test('log records arrive with their trace', async () => {
  const processor = new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter({ url: url('/v1/logs') }) });
  const provider = new LoggerProvider({ processors: [processor] });
  provider.getLogger('winston').emit({
    severityNumber: SeverityNumber.INFO,
    severityText: 'info',
    body: 'hello',
    attributes: { request_id: 'r1', http: { status: 200 } },
    context: trace.setSpanContext(ROOT_CONTEXT, CALLER),
  });
  await provider.forceFlush();
  await provider.shutdown();
  expect(receiver.logs()).toMatchObject([
    { body: 'hello', severity: 'info', traceId: CALLER.traceId, spanId: CALLER.spanId },
  ]);
  expect(receiver.logs()[0]?.attributes).toEqual({ request_id: 'r1', http: { status: 200 } });
});

describe('what no exporter may send is refused', () => {
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'x',
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
  };
  const body = (...spans: object[]) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const post = (content: string | Buffer<ArrayBuffer>, type = 'application/json', headers = {}) =>
    fetch(url(), { method: 'POST', body: content, headers: { 'content-type': type, ...headers } });

  test('a right one is accepted', async () => {
    expect((await post(body(span))).status).toBe(200);
    expect((await post(gzipSync(body(span)), 'application/json', { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(receiver.spansOf(span.traceId)).toHaveLength(2);
  });

  test.each([
    ['cut off', body(span).slice(0, -5)],
    ['ids in base64', body({ ...span, traceId: Buffer.alloc(16, 1).toString('base64') })],
    ['an id of zeros', body({ ...span, spanId: '0'.repeat(16) })],
    ['no name', body({ ...span, name: '' })],
    ['an end before the start', body({ ...span, endTimeUnixNano: '0' })],
    [
      'an attribute twice',
      body({ ...span, attributes: [1, 2].map((intValue) => ({ key: 'a', value: { intValue } })) }),
    ],
    ['an unknown kind', body({ ...span, kind: 9 })],
  ])('JSON: %s', async (_, content) => {
    expect((await post(content)).status).toBe(400);
    expect(receiver.requests[0]?.problem).toBeTruthy();
    expect(receiver.traces().size).toBe(0);
  });

  test('protobuf that is none, another type, another path, another method', async () => {
    expect((await post(Buffer.from('ffffffffff', 'hex'), 'application/x-protobuf')).status).toBe(400);
    expect((await post(body(span), 'application/x-protobuf')).status).toBe(400);
    expect((await post('x', 'text/plain')).status).toBe(415);
    expect((await fetch(url('/v1/trace'), { method: 'POST' })).status).toBe(404);
    expect((await fetch(url())).status).toBe(405);
  });
});

describe('it can be as bad as a real one', () => {
  const send = () =>
    fetch(url(), {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(300),
    });

  test.each([429, 500] as const)('%i', async (status) => {
    receiver.setBehaviour(status);
    expect((await send()).status).toBe(status);
  });

  test('a connection that breaks, and one that never answers', async () => {
    receiver.setBehaviour('reset');
    await expect(send()).rejects.toThrow('fetch failed');
    receiver.setBehaviour('hang');
    await expect(send()).rejects.toThrow(/timeout/);
    receiver.setBehaviour('ok');
    expect((await send()).status).toBe(200);
    expect(receiver.requests.map((request) => request.status)).toEqual([undefined, undefined, 200]);
  });
});

test('waiting for what does not come says what did', async () => {
  await sendTrace(new JsonExporter({ url: url() }));
  await expect(receiver.waitForTrace(CALLER.traceId, { spans: 9, timeoutMs: 50 })).rejects.toThrow(
    'did not arrive within 50 ms; there is:\nGET /a\n  feed.get\n',
  );
});
