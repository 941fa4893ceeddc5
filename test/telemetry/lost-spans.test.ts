import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  receiver.setBehaviour('hang');
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      // So long that the spans of the start are not lost before those of the request.
      OTEL_BSP_SCHEDULE_DELAY: '1m',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '20',
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_BSP_EXPORT_TIMEOUT: '100ms',
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
});

it('tells of lost spans in a line that is not taken for one of the request that happened to be running', async () => {
  for (let i = 0; i < 30; i += 1) await call(server.url, '/health');
  const line = await server.waitForLog(({ message }) => message === 'spans were lost');
  expect(line).toMatchObject({ level: 'warn', reason: 'queue_full' });
  expect(line).not.toHaveProperty('trace_id');
  expect(line).not.toHaveProperty('request_id');
});
