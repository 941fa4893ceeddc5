import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOtlpTrace } from '../../src/telemetry/viewer/model/from-otlp.ts';
import type { ViewerTrace } from '../../src/telemetry/viewer/model/trace.ts';
import { makeAudio } from '../audio/files.ts';
import { register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { finished, upload } from '../support/uploads.ts';

let folder: string;
let database: TestDatabase;
let api: ServerProcess;
let worker: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidechain-viewer-'));
  database = await createTestDatabase();
  const env = { STORAGE_DIR: join(folder, 'storage'), RATE_LIMIT_ENABLED: 'false' };
  api = await startServer({ databaseUrl: database.url, env: { ...env, ROLES: 'api', TRACE_VIEWER: 'true' } });
  worker = await startServer({
    databaseUrl: database.url,
    env: {
      ...env,
      ROLES: 'audio-worker',
      OTEL_EXPORTER_OTLP_ENDPOINT: api.metricsUrl,
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
    },
  });
});
afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Empty while the viewer has nothing of it. */
const readTrace = async (id: string): Promise<ViewerTrace> => {
  const response = await fetch(`${api.metricsUrl}/traces/api/traces/${id}`);
  return readOtlpTrace(response.status === 200 ? await response.json() : {}, id);
};

const OTHER = { traceId: 'f0'.repeat(16), spanId: 'e1'.repeat(8), traceFlags: 1 };

it.each([
  ['JSON', (url: string) => new JsonExporter({ url })],
  ['JSON, gzip', (url: string) => new JsonExporter({ url, compression: 'gzip' as never })],
  ['protobuf', (url: string) => new ProtobufExporter({ url })],
  ['protobuf, gzip', (url: string) => new ProtobufExporter({ url, compression: 'gzip' as never })],
])('what OpenTelemetry’s own exporter sends arrives whole: %s', async (_, exporterOf) => {
  const exporter: SpanExporter = exporterOf(`${api.metricsUrl}/v1/traces`);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'host.arch': 'arm64' }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('checkout', '1.2.3');
  const root = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  const child = tracer.startSpan(
    'charge',
    {
      kind: SpanKind.CLIENT,
      startTime: [1_700_000_000, 123_456_789],
      attributes: { text: 'ä <script>', count: 20, ratio: 0.5, hit: true, list: ['a', 'b'], large: 2 ** 52 },
      links: [{ context: OTHER, attributes: { why: 'retry' } }],
    },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  child.addEvent('declined', { code: 51 }, [1_700_000_000, 223_456_789]);
  child.recordException(new TypeError('no card'));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
  child.end([1_700_000_001, 0]);
  root.setStatus({ code: SpanStatusCode.OK });
  root.end();
  await provider.forceFlush();
  await provider.shutdown();

  const { traceId, spanId } = root.spanContext();
  const { spans } = await readTrace(traceId);
  expect(spans).toHaveLength(2);
  expect(spans.find(({ name }) => name === 'POST /orders')).toMatchObject({
    spanId,
    parentSpanId: undefined,
    kind: 'server',
    status: 'ok',
    service: 'shop',
    scope: 'checkout',
    resource: { 'service.name': 'shop', 'host.arch': 'arm64' },
  });
  expect(spans.find(({ name }) => name === 'charge')).toMatchObject({
    parentSpanId: spanId,
    kind: 'client',
    status: 'error',
    statusMessage: 'declined',
    startNano: 1_700_000_000_123_456_789n,
    endNano: 1_700_000_001_000_000_000n,
    attributes: { text: 'ä <script>', count: 20, ratio: 0.5, hit: true, list: ['a', 'b'], large: 2 ** 52 },
    events: [
      { name: 'declined', timeNano: 1_700_000_000_223_456_789n, attributes: { code: 51 } },
      { name: 'exception', attributes: { 'exception.type': 'TypeError', 'exception.message': 'no card' } },
    ],
    links: [{ traceId: OTHER.traceId, spanId: OTHER.spanId, attributes: { why: 'retry' } }],
  });
});

it('shows the work of another process in the trace that it belongs to, with its log lines', async () => {
  const alice = await register(api.url, 'alice');
  const file = await makeAudio(folder, { kind: 'music', seconds: 2, format: 'wav' });
  const accepted = await upload(alice, file);
  expect(await finished(alice, accepted)).toMatchObject({ status: 'complete' });
  const line = await worker.waitForLog(({ trace_id }) => trace_id === accepted.traceId);
  await expect
    .poll(
      async () => {
        const { spans, lines } = await readTrace(accepted.traceId);
        return [
          ...new Set(spans.map(({ service }) => service)),
          spans.some(({ name }) => name === 'audio.process'),
          lines.some(({ service, message }) => service === 'audio-worker' && message === line.message),
        ];
      },
      { timeout: 15_000 },
    )
    .toEqual(['sidechain-backend', 'audio-worker', true, true]);
  const { spans } = await readTrace(accepted.traceId);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))).toEqual([]);
});
