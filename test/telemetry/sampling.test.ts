import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;

const PARENT = 'b7ad6b7169203331';
const STRANGER = { 'x-forwarded-for': '203.0.113.9' };
const NEIGHBOUR = { 'x-forwarded-for': '10.1.2.3' };

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_TRACE_SAMPLER_RATE: '0.1',
      TRUST_PROXY: '1',
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
});

const randomId = (): string => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('');

/** Sends `count` requests as `who`, with `flags` as the caller's; answers how many of their traces were exported. */
const exported = async (count: number, who: Record<string, string>, flags?: string): Promise<number> => {
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const headers = flags === undefined ? who : { ...who, traceparent: `00-${randomId()}-${PARENT}-${flags}` };
      const response = await call(server.url, '/health', { headers });
      await response.text();
      return response.headers.get('traceparent')?.split('-')[1] ?? '';
    }),
  );
  expect(new Set(ids).size).toBe(count);
  await sleep(400);
  const traces = receiver.traces();
  return ids.filter((id) => traces.has(id)).length;
};

it('keeps about the share that was asked for', async () => {
  const kept = await exported(600, STRANGER);
  // 600 at 0.1: 60, with a standard deviation of 7.3; six of them on either side.
  expect(kept).toBeGreaterThan(16);
  expect(kept).toBeLessThan(104);
});

it('lets no stranger raise it, nor lower it', async () => {
  const raised = await exported(300, STRANGER, '01');
  expect(raised).toBeLessThan(62);
  const lowered = await exported(300, STRANGER, '00');
  expect(lowered).toBeGreaterThan(1);
});

it('follows a caller on a private address', async () => {
  expect(await exported(50, NEIGHBOUR, '01')).toBe(50);
  expect(await exported(50, NEIGHBOUR, '00')).toBe(0);
});

it.each([
  ['all zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['a parent of zeros', `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['upper case', `00-${'A'.repeat(32)}-${PARENT}-01`],
  ['version ff', `ff-${'a'.repeat(32)}-${PARENT}-01`],
  ['too short', `00-abc-${PARENT}-01`],
  ['more behind version 00', `00-${'a'.repeat(32)}-${PARENT}-01-what`],
  ['nonsense', 'hello'],
])('starts a trace of its own when traceparent is %s', async (_name, traceparent) => {
  const response = await call(server.url, '/health', { headers: { ...NEIGHBOUR, traceparent } });
  const [version, traceId, spanId] = response.headers.get('traceparent')?.split('-') ?? [];
  expect(version).toBe('00');
  expect(traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
  expect(traceId).not.toBe('a'.repeat(32));
  expect(spanId).not.toBe(PARENT);
});

it('gives an unsampled request its ids all the same', async () => {
  const traceId = randomId();
  const response = await call(server.url, '/api/v1/nothing', {
    headers: { ...NEIGHBOUR, traceparent: `00-${traceId}-${PARENT}-00` },
  });
  expect((await response.json()) as unknown).toMatchObject({ trace_id: traceId });
  const line = await server.waitForLog(({ http, trace_id }) => http !== undefined && trace_id === traceId);
  expect(line).toMatchObject({ level: 'warn', trace_flags: '00', http: { status: 404, client_address: '10.1.2.3' } });
});
