import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { describeWith } from '../support/parts.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { startPrometheus, type TestServer } from '../support/servers.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;
let alice: Person;

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_TRACE_SAMPLER_RATE: '0.5',
      OTEL_TRACE_TRUST: 'never',
    },
  });
  alice = await register(server.url, 'alice');
  await post(alice);
  for (let i = 0; i < 30; i += 1) await (await alice.fetch(`/api/v1/feed/unified?limit=${1 + i}`)).text();
  await (await call(server.url, '/api/v1/feed/unified?limit=0')).text();
  await (await alice.fetch('/api/v1/feed/unified?limit=0')).text();
  await (await call(server.url, '/wp-login.php')).text();
  await sleep(300);
});

afterAll(async () => {
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
});

const metrics = async (accept = 'text/plain'): Promise<string> =>
  (await fetch(`${server.metricsUrl}/metrics`, { headers: { accept } })).text();

it('has exemplars, and each names a trace that was exported', async () => {
  const text = await metrics(OPENMETRICS);
  const exemplars = [...text.matchAll(/# \{([^}]*)\}/g)].map(
    (match) => /trace_id="([0-9a-f]{32})"/.exec(match[1] ?? '')?.[1],
  );
  expect(exemplars.length).toBeGreaterThan(3);
  const traces = receiver.traces();
  for (const traceId of exemplars) expect(traces.has(traceId ?? ''), String(traceId)).toBe(true);
  for (const name of [
    'http_server_request_duration_seconds_bucket',
    'db_client_operation_duration_seconds_bucket',
    'feed_generation_duration_seconds_bucket',
  ]) {
    expect(
      text.split('\n').some((line) => line.startsWith(name) && line.includes('# {')),
      name,
    ).toBe(true);
  }
  expect(text.trimEnd().endsWith('# EOF')).toBe(true);
});

it('counts what happened, with routes and never with paths', async () => {
  const text = await metrics();
  expect(
    /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/api\/v1\/feed\/unified",http_response_status_code="200"\} 30/.test(
      text,
    ),
    String(
      /http_server_request_duration_seconds_count\{http_request_method="GET",http_route="\/api\/v1\/feed\/unified",http_response_status_code="200"\} 30/,
    ),
  ).toBe(true);
  expect(
    /http_route="\(unknown\)",http_response_status_code="404"/.test(text),
    String(/http_route="\(unknown\)",http_response_status_code="404"/),
  ).toBe(true);
  expect(
    /validation_failures_total\{http_route="\/api\/v1\/feed\/unified",field="limit"\} 1/.test(text),
    String(/validation_failures_total\{http_route="\/api\/v1\/feed\/unified",field="limit"\} 1/),
  ).toBe(true);
  expect(
    /errors_total\{code="UNAUTHORIZED",http_route="\/api\/v1\/feed\/unified"\} 1/.test(text),
    String(/errors_total\{code="UNAUTHORIZED",http_route="\/api\/v1\/feed\/unified"\} 1/),
  ).toBe(true);
  expect(
    /telemetry_instrumentation_active\{name="db"\} 1/.test(text),
    String(/telemetry_instrumentation_active\{name="db"\} 1/),
  ).toBe(true);
  expect(text).toMatch(/^cache_operations_total\{cache="feed:unified",operation="GET",result="miss"\} 30$/m);
  expect(text.includes('wp-login')).toBe(false);
  expect(text.includes(alice.id)).toBe(false);
});

describeWith('prometheus')('a real Prometheus', () => {
  let prometheus: TestServer;
  beforeAll(async () => {
    prometheus = await startPrometheus(
      `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: api, static_configs: [{ targets: ['${new URL(server.metricsUrl).host}'] }] }]\n`,
    );
  });
  afterAll(() => prometheus?.stop());

  it('finds nothing to complain about in the text format', async () => {
    const check = spawnSync('promtool', ['check', 'metrics'], { input: await metrics(), encoding: 'utf8' });
    expect(check.stdout + check.stderr).toBe('');
    expect(check.status).toBe(0);
  });

  it('scrapes it and gives the exemplar back', async () => {
    for (let i = 0; i < 100; i += 1) {
      const query = new URLSearchParams({
        query: 'http_server_request_duration_seconds_bucket',
        start: String(Date.now() / 1000 - 600),
        end: String(Date.now() / 1000 + 10),
      });
      const answer = (await (await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`)).json()) as {
        data?: { exemplars: { labels: { trace_id: string } }[] }[];
      };
      const ids = (answer.data ?? []).flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
      if (ids.length > 0) {
        for (const id of ids) expect(receiver.traces().has(id)).toBe(true);
        return;
      }
      await sleep(200);
    }
    throw new Error('no exemplar came back');
  });
});
