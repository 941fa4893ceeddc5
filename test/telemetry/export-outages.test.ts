import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { exemplarTraces, metricValue } from '../support/metric-value.ts';
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

/** Milliseconds that each outage lasts, and what the exporter waits for an answer. */
const OUTAGE = 1500;
const TIMEOUT = 500;
const QUEUE = 400;

/** The way to the receiver, which can be closed: then nobody listens there. */
interface Gate {
  port: number;
  open(): Promise<void>;
  close(): Promise<void>;
}

const startGate = async (target: string): Promise<Gate> => {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const gate: Gate = {
    port: 0,
    open: async () => {
      const opening = createServer((client) => {
        const upstream = connect(Number(new URL(target).port), '127.0.0.1');
        for (const socket of [client, upstream]) {
          sockets.add(socket);
          socket.on('error', () => {});
          socket.once('close', () => {
            sockets.delete(socket);
            client.destroy();
            upstream.destroy();
          });
        }
        client.pipe(upstream).pipe(client);
      });
      await new Promise<void>((resolve) => opening.listen(gate.port, '127.0.0.1', resolve));
      gate.port = (opening.address() as AddressInfo).port;
      server = opening;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    },
  };
  await gate.open();
  return gate;
};

let database: TestDatabase;
let receiver: OtlpReceiver;
let gate: Gate;
let server: ServerProcess;
let alice: Person;

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  gate = await startGate(receiver.endpoint);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${gate.port}`,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_BSP_EXPORT_TIMEOUT: `${TIMEOUT}ms`,
      OTEL_BSP_MAX_QUEUE_SIZE: String(QUEUE),
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100',
      OTEL_TRACE_KEEP_SLOWER_THAN_MS: '0',
      RATE_LIMIT_ENABLED: 'false',
    },
  });
  alice = await register(server.url);
  await post(alice);
});
afterAll(async () => {
  await server?.stop();
  await gate?.close();
  await Promise.all([database?.close(), receiver?.close()]);
});

const metrics = async (): Promise<string> =>
  (await fetch(`${server.metricsUrl}/metrics`, { headers: { accept: 'application/openmetrics-text' } })).text();

interface Load {
  /** Milliseconds, sorted. */
  times: number[];
  statuses: Set<number>;
  /** The longest that the queue was seen to be. */
  queue: number;
}

/** Modest load for so many milliseconds: two clients that wait for each answer. */
const load = async (milliseconds: number): Promise<Load> => {
  const result: Load = { times: [], statuses: new Set(), queue: 0 };
  const until = performance.now() + milliseconds;
  const client = async (number: number): Promise<void> => {
    for (let i = number; performance.now() < until; i += 2) {
      const began = performance.now();
      // Each makes many spans, so that the queue is soon full.
      const response = await alice.fetch(`/api/v1/feed/unified?limit=${1 + (i % 50)}`, {
        headers: { 'cache-control': 'no-cache' },
      });
      await response.text();
      result.times.push(performance.now() - began);
      result.statuses.add(response.status);
      await sleep(10);
    }
  };
  const watch = async (): Promise<void> => {
    while (performance.now() < until) {
      result.queue = Math.max(result.queue, metricValue(await metrics(), 'telemetry_export_queue_spans'));
      await sleep(200);
    }
  };
  await Promise.all([client(0), client(1), watch()]);
  result.times.sort((a, b) => a - b);
  return result;
};

const p99 = ({ times }: Load): number => times[Math.floor(times.length * 0.99)] ?? 0;

/** What became of the spans so far. */
const account = (text: string) => ({
  started: metricValue(text, 'telemetry_spans_started_total'),
  exported: metricValue(text, 'telemetry_spans_exported_total'),
  dropped: metricValue(text, 'telemetry_spans_dropped_total'),
  queued: metricValue(text, 'telemetry_export_queue_spans'),
});

/** Waits until nothing is on its way. */
const settled = async (): Promise<string> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const text = await metrics();
    const { started, exported, dropped, queued } = account(text);
    if (queued === 0 && started === exported + dropped) return text;
    await sleep(100);
  }
  throw new Error(`it does not add up: ${JSON.stringify(account(await metrics()))}`);
};

const received = (): number => [...receiver.traces().values()].reduce((sum, spans) => sum + spans.length, 0);

it('no outage of the receiver costs a request anything, and it is all over when that is', async () => {
  // Warm, and what all others are measured by.
  await load(1500);
  const healthy = await load(OUTAGE);
  expect(metricValue(await settled(), 'telemetry_exporter_up')).toBe(1);

  const outages: [string, () => unknown, () => unknown][] = [
    ...(['hang', 'reset', 429, 500] satisfies Behaviour[]).map((behaviour): [string, () => unknown, () => unknown] => [
      String(behaviour),
      () => receiver.setBehaviour(behaviour),
      () => receiver.setBehaviour('ok'),
    ]),
    ['refused', () => gate.close(), () => gate.open()],
  ];
  for (const [name, begin, end] of outages) {
    await settled();
    await begin();
    const during = await load(OUTAGE);
    const text = await metrics();
    expect(metricValue(text, 'telemetry_exporter_up'), name).toBe(0);
    await end();

    expect([...during.statuses], name).toEqual([200]);
    expect(during.times.length, name).toBeGreaterThan(20);
    // Loosely: the machine is shared. The soak of the bench measures it.
    expect(p99(during), `${name}: p99 against ${p99(healthy)} ms`).toBeLessThan(3 * p99(healthy) + 50);
    expect(during.queue, name).toBeLessThanOrEqual(QUEUE);

    // It recovers by itself, and all that did not arrive was counted.
    await load(300);
    const after = account(await settled());
    expect(metricValue(await metrics(), 'telemetry_exporter_up'), name).toBe(1);
    // More where an answer came too late to count.
    expect(received(), name).toBeGreaterThanOrEqual(after.exported);
  }
  const reasons = [...(await metrics()).matchAll(/telemetry_export_failures_total\{reason="(\w+)"\}/g)].map(
    ([, it]) => it,
  );
  expect(reasons.length).toBeGreaterThanOrEqual(3);
  // Only what there was no room for is lost: the rest is tried again.
  const dropped = metricValue(await metrics(), 'telemetry_spans_dropped_total', { reason: 'queue_full' });
  expect(dropped).toBeGreaterThan(0);
  expect(account(await metrics()).dropped).toBe(dropped);
  expect(server.logLines().filter(({ message }) => message === 'spans were lost').length).toBeLessThanOrEqual(2);
}, 60_000);

it('exemplars lead to traces that arrived, also those of an outage', async () => {
  await settled();
  receiver.setBehaviour('hang');
  await load(1500);
  const during = await metrics();
  const arrived = receiver.traces();
  expect(exemplarTraces(during).filter((traceId) => !arrived.has(traceId))).toEqual([]);
  receiver.setBehaviour('ok');
  await load(500);
  const after = exemplarTraces(await settled());
  expect(after.length).toBeGreaterThan(0);
  expect(after.filter((traceId) => !receiver.traces().has(traceId))).toEqual([]);
});

it('a batch that the receiver will never take is lost at once, counted, and leaves no exemplar', async () => {
  await settled();
  receiver.setBehaviour(400);
  // A route that no other test asks for: what it leaves is of this time.
  const response = await alice.fetch('/api/v1/feed/trending');
  await response.text();
  const traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  await settled();
  receiver.setBehaviour('ok');
  await load(300);
  const text = await settled();
  expect(metricValue(text, 'telemetry_spans_dropped_total', { reason: 'export_failed' })).toBeGreaterThan(0);
  expect(metricValue(text, 'telemetry_export_failures_total', { reason: 'http_400' })).toBeGreaterThan(0);
  expect(metricValue(text, 'telemetry_exporter_up')).toBe(1);
  expect(receiver.spansOf(traceId)).toEqual([]);
  expect(exemplarTraces(text)).not.toContain(traceId);
});
