import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50ms' },
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
});

/** Sends `text` as it is. @returns all that comes back until the connection is closed. */
const say = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });

it.each([
  ['no HTTP at all', 'HELO example.com\r\n\r\n', 400],
  ['too long headers', `GET /health HTTP/1.1\r\nHost: a\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
])('answers %s with the ids by which its span and its access line are found', async (_what, text, status) => {
  const [head = '', body = ''] = (await say(text)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const traceId = /^traceparent: 00-(\w{32})-\w{16}-01\r?$/m.exec(head)?.[1] ?? '';
  const requestId = /^X-Request-ID: ([^\r]+)/m.exec(head)?.[1];
  expect(JSON.parse(body)).toMatchObject({ code: 'BAD_REQUEST', trace_id: traceId, request_id: requestId });

  const [root] = await receiver.waitForTrace(traceId, { rootEnded: true });
  expect(root).toMatchObject({
    name: 'HTTP',
    attributes: { 'http.request.method': '_OTHER', 'request.id': requestId },
  });
  const line = await server.waitForLog(({ http, trace_id }) => http !== undefined && trace_id === traceId);
  expect(line).toMatchObject({ level: 'warn', request_id: requestId, http: { status } });
});
