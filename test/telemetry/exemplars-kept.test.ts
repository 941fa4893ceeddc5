import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { exemplarTraces } from '../support/metric-value.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

const SLOW_MS = 400;

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;
let sql: Client;
let alice: Person;
let comments: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_TRACE_SAMPLER_RATE: '0.01',
      OTEL_TRACE_KEEP_SLOWER_THAN_MS: String(SLOW_MS),
      RATE_LIMIT_ENABLED: 'false',
    },
  });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  alice = await register(server.url);
  comments = `/api/v1/posts/${await post(alice)}/comments`;
});
afterAll(async () => {
  await sql?.end();
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
});

const metrics = async (): Promise<string> =>
  (await fetch(`${server.metricsUrl}/metrics`, { headers: { accept: 'application/openmetrics-text' } })).text();

const traceIdOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[1] ?? '';

/** Sends so many, ten at once. @returns their trace ids */
const many = async (count: number, send: () => Promise<Response>): Promise<string[]> => {
  const ids: string[] = [];
  for (let done = 0; done < count; done += 10) {
    const responses = await Promise.all(Array.from({ length: 10 }, send));
    for (const response of responses) await response.text();
    ids.push(...responses.map(traceIdOf));
  }
  return ids;
};

it('every exemplar leads to a trace that was sent, and failed and slow requests have one', async () => {
  await many(300, () => alice.fetch(`/api/v1/feed/unified?limit=${1 + Math.floor(Math.random() * 50)}`));
  await many(200, () => call(server.url, '/health'));
  await sql.query('ALTER TABLE comments RENAME TO comments_elsewhere');
  const failed = await many(10, () => alice.fetch(comments));
  await sql.query('ALTER TABLE comments_elsewhere RENAME TO comments');
  await sql.query('BEGIN; LOCK TABLE comments IN ACCESS EXCLUSIVE MODE');
  const waiting = alice.fetch(comments);
  await sleep(SLOW_MS + 100);
  await sql.query('COMMIT');
  const slow = traceIdOf(await waiting);
  await sleep(400);

  const text = await metrics();
  const exemplars = exemplarTraces(text);
  const sent = new Set(receiver.traces().keys());
  expect(exemplars.length).toBeGreaterThan(1);
  expect(exemplars.filter((traceId) => !sent.has(traceId))).toEqual([]);

  const request = text.split('\n').filter((line) => line.startsWith('http_server_request_duration_seconds_bucket'));
  const ofFailed = request.filter((line) => line.includes('http_response_status_code="500"') && line.includes(' # {'));
  expect(ofFailed.length).toBeGreaterThan(0);
  for (const traceId of exemplarTraces(ofFailed.join('\n'))) expect(failed).toContain(traceId);
  expect(exemplarTraces(request.join('\n'))).toContain(slow);
  // The span that the exemplar names is in the trace, too.
  const [, traceId = '', spanId] = /trace_id="(\w+)",span_id="(\w+)"/.exec(ofFailed[0] ?? '') ?? [];
  expect(receiver.spansOf(traceId).map((span) => span.spanId)).toContain(spanId);
});

it('requests that were let go have none', async () => {
  const before = new Set(exemplarTraces(await metrics()));
  const ids = await many(100, () => call(server.url, '/api/v1/feed/global'));
  await sleep(200);
  const sent = receiver.traces();
  const gone = ids.filter((traceId) => !sent.has(traceId));
  expect(gone.length).toBeGreaterThan(50);
  const now = exemplarTraces(await metrics());
  expect(now.filter((traceId) => gone.includes(traceId))).toEqual([]);
  expect(now.filter((traceId) => !before.has(traceId) && !sent.has(traceId))).toEqual([]);
});
