import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeAudio } from '../audio/files.ts';
import { type Person, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { PARENT_ID, TRACE_CONTEXT_CASES, TRACE_ID } from './trace-context-cases.ts';

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let sql: Client;
let alice: Person;
let audio: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidechain-context-'));
  database = await createTestDatabase();
  server = await startServer({
    databaseUrl: database.url,
    env: { ROLES: 'api', OTEL_TRACE_SAMPLER_RATE: '0', OTEL_TRACE_TRUST: 'private', RATE_LIMIT_ENABLED: 'false' },
  });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  alice = await register(server.url);
  audio = await readFile(await makeAudio(folder, { kind: 'noise', seconds: 1, format: 'mp3' }));
});
afterAll(async () => {
  await sql?.end();
  await server?.stop();
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends an upload byte by byte as given, since no client sends such headers. @returns status, headers and body */
const send = (headers: readonly (readonly [string, string])[]) =>
  new Promise<{ status: number; headers: Map<string, string>; body: string }>((resolve, reject) => {
    const boundary = 'a-boundary';
    const disposition = 'form-data; name="audio"; filename="a.mp3"';
    const form = Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: audio/mpeg\r\n\r\n`),
      audio,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const lines = [
      'POST /api/v1/audio/upload HTTP/1.1',
      'Host: a',
      'Connection: close',
      `Authorization: Bearer ${alice.token}`,
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${form.length}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    let answer = '';
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.once('error', reject).once('close', () => {
      const [head = '', ...rest] = answer.split('\r\n\r\n');
      const [first = '', ...fields] = head.split('\r\n');
      resolve({
        status: Number(first.split(' ')[1]),
        headers: new Map(
          fields.map((field) => {
            const at = field.indexOf(':');
            return [field.slice(0, at).toLowerCase(), field.slice(at + 1).trim()];
          }),
        ),
        body: rest.join('\r\n\r\n'),
      });
    });
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
    socket.write(form);
  });

/** What the job of an upload has been given of the trace. */
const carriedBy = async (jobId: string): Promise<{ traceparent?: string; tracestate?: string }> => {
  const { rows } = await sql.query('SELECT data FROM pgboss.job WHERE id = $1', [jobId]);
  return (rows[0] as { data: { traceparent?: string; tracestate?: string } }).data;
};

it.each(TRACE_CONTEXT_CASES)('$what', async ({ headers, continued, state, flags }) => {
  const response = await send(headers);
  expect(response.status, response.body).toBe(202);
  const [version, traceId, spanId, flag] = response.headers.get('traceparent')?.split('-') ?? [];
  expect(version).toBe('00');
  expect(traceId === TRACE_ID).toBe(continued);
  expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  expect(spanId).not.toBe(PARENT_ID);
  // A neighbour's flag counts; nobody else is sampled here.
  if (flags !== undefined || !continued) expect(flag).toBe(flags ?? '00');

  const job = await carriedBy(
    (JSON.parse(response.body.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, '')) as { job_id: string }).job_id,
  );
  expect(job.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-${flag}$`));
  expect(job.tracestate).toBe(state);
});
