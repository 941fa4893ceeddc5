import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalStorage } from '../../src/integrations/storage/local-storage.ts';
import { type Person, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, type Span, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type LogLine, type ServerProcess, startServer } from '../support/server.ts';
import { orphans, tree } from '../support/trace-tree.ts';
import { type CompleteUpload, completeUpload } from './complete-upload.ts';
import { FORM, sendForm, UPLOAD } from './http-app.ts';
import { file, formOf, RawClient, wav } from './multipart.ts';

let folder: string;
let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;
let alice: Person;
let port: number;
let complete: CompleteUpload;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidechain-http-telemetry-'));
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      ROLES: 'api',
      STORAGE_DIR: folder,
    },
  });
  port = Number(new URL(server.url).port);
  alice = await register(server.url, 'alice');
  const storage = await LocalStorage.open(folder);
  complete = await completeUpload({
    storage,
    db: database.db,
    sendParts: (parts) => sendForm(port, alice.token, formOf(parts)),
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([database?.close(), receiver?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const named = (spans: readonly Span[], name: string): Span => {
  const span = spans.find((one) => one.name === name);
  if (!span) throw new Error(`no ${name} in\n${tree(spans)}`);
  return span;
};

/** A trace of the caller's, for requests that get no answer to read its id from. */
const newTrace = (): { id: string; header: string } => {
  const id = randomBytes(16).toString('hex');
  return { id, header: `traceparent: 00-${id}-${randomBytes(8).toString('hex')}-01` };
};

const accessLine = (traceId: string): Promise<LogLine & { http: { response_bytes: number } }> =>
  server.waitForLog(({ http, trace_id: id }) => http !== undefined && id === traceId) as never;

it('shows an upload: how it was received, what was stored, what was made of it', async () => {
  const content = wav(1);
  const answer = await sendForm(port, alice.token, formOf([file(content)]));
  const traceId = answer.headers.traceparent?.split('-')[1] ?? '';
  const spans = await receiver.waitForTrace(traceId, { rootEnded: true });
  expect(orphans(spans)).toEqual([]);
  const received = named(spans, 'audio.receive');
  expect(received).toMatchObject({
    status: { code: 'UNSET' },
    attributes: { 'audio.bytes': content.length, 'audio.format': 'wav', 'audio.id': answer.json.audio_id },
  });
  expect(received.parentSpanId).toBe(named(spans, 'POST /api/v1/audio/upload').spanId);
  expect(named(spans, 'audio.upload').attributes).toMatchObject({ 'audio.id': answer.json.audio_id });
});

it.each([
  ['a reset', (client: RawClient) => client.socket.resetAndDestroy()],
  ['a farewell', (client: RawClient) => client.socket.end()],
])('shows an upload that was cancelled by %s as its client’s doing', async (_how, hangUp) => {
  const trace = newTrace();
  const client = new RawClient(port);
  const form = formOf([file(Buffer.concat([wav(1), Buffer.alloc(2 << 20)]))]);
  await client.head(UPLOAD, [
    `Authorization: Bearer ${alice.token}`,
    `Content-Type: ${FORM}`,
    `Content-Length: ${form.length}`,
    trace.header,
  ]);
  await client.write(form.subarray(0, 1 << 20));
  await sleep(100);
  hangUp(client);
  // What runs when the client has gone ends after the request.
  const ended = () => receiver.spansOf(trace.id).some(({ name }) => name === 'audio.receive');
  for (let waited = 0; waited < 5000 && !ended(); waited += 20) await sleep(20);
  const spans = await receiver.waitForTrace(trace.id, { rootEnded: true });
  const root = named(spans, 'POST /api/v1/audio/upload');
  expect(root).toMatchObject({ status: { code: 'UNSET' }, attributes: { 'error.type': 'client_closed' } });
  expect(spans.flatMap(({ events }) => events).map(({ name }) => name)).toContain('upload cancelled');
  expect(named(spans, 'audio.receive').status.code).toBe('UNSET');
  expect(await accessLine(trace.id)).toMatchObject({ level: 'warn', http: { status: 499 } });
  expect(server.output()).not.toContain('this is not valid HTTP');
});

it('shows a refused upload as refused, also when its client hangs up as soon as it knows', async () => {
  const trace = newTrace();
  const client = new RawClient(port);
  const form = formOf([file(Buffer.alloc(2 << 20, 'no music'))]);
  await client.head(UPLOAD, [
    `Authorization: Bearer ${alice.token}`,
    `Content-Type: ${FORM}`,
    `Content-Length: ${form.length}`,
    trace.header,
  ]);
  await client.write(form.subarray(0, 100_000));
  const answer = await client.answer();
  expect(answer.status).toBe(415);
  client.socket.end();
  const spans = await receiver.waitForTrace(trace.id, { rootEnded: true });
  expect(named(spans, 'POST /api/v1/audio/upload').attributes).toMatchObject({ 'http.response.status_code': 415 });
  expect((await accessLine(trace.id)).http).toMatchObject({ status: 415, response_bytes: answer.text.length });
});

it('counts what was sent of a stream', async () => {
  const path = `/api/v1/audio/${complete.id}/stream`;
  const response = await alice.fetch(path, { headers: { range: 'bytes=100-1099' } });
  await response.arrayBuffer();
  const traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  const spans = await receiver.waitForTrace(traceId, { rootEnded: true });
  expect(orphans(spans)).toEqual([]);
  expect(named(spans, 'GET /api/v1/audio/:id/stream').attributes).toMatchObject({
    'http.response.status_code': 206,
    'http.response.body.size': 1000,
  });
  expect(named(spans, 'audio.stream').attributes).toMatchObject({ 'audio.rendition': 'aac', 'audio.bytes': 1000 });
  expect((await accessLine(traceId)).http).toMatchObject({ status: 206, response_bytes: 1000 });
});

it('follows a stream of events to its end, without a span for every look', async () => {
  const response = await alice.fetch(`/api/v1/audio/status/${complete.jobId}/events`);
  const text = await response.text();
  const traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  const spans = await receiver.waitForTrace(traceId, { rootEnded: true });
  expect(orphans(spans)).toEqual([]);
  const root = named(spans, 'GET /api/v1/audio/status/:job_id/events');
  expect(root.attributes).toMatchObject({ 'http.response.status_code': 200, 'http.response.body.size': text.length });
  expect((await accessLine(traceId)).http.response_bytes).toBe(Buffer.byteLength(text));
});

it('ends the trace of a stream of events whose client hung up', async () => {
  const pending = await sendForm(port, alice.token, formOf([file(wav(0.2))]));
  const trace = newTrace();
  const asking = request(`${server.url}${pending.json.poll_url}/events`, {
    headers: { authorization: `Bearer ${alice.token}`, traceparent: trace.header.slice(13) },
    agent: false,
  });
  await new Promise<void>((resolve) =>
    asking.once('response', (response) => response.once('data', () => resolve())).end(),
  );
  await sleep(3500);
  asking.on('error', () => {}).destroy();
  const spans = await receiver.waitForTrace(trace.id, { rootEnded: true });
  expect(spans.map(({ name }) => name)).toContain('audio.get_status');
  expect(spans.length).toBeLessThan(8);
  expect(orphans(spans)).toEqual([]);
});
