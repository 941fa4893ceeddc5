import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HTTP_STATUS } from '../src/errors.ts';
import { HOSTILE_CASES } from './hostile-cases.ts';
import { call, type Person, register } from './support/client.ts';
import { createTestDatabase } from './support/database.ts';
import { type ServerProcess, startServer } from './support/server.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: ServerProcess;
let alice: Person;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startServer({ databaseUrl: database.url, env: { RATE_LIMIT_ENABLED: 'false' } });
  alice = await register(server.url, 'alice');
});

afterAll(async () => {
  await server?.stop();
  await database?.close();
});

it('has at least 150 cases', () => expect(HOSTILE_CASES.length).toBeGreaterThanOrEqual(150));

it.each(HOSTILE_CASES.map((test) => [`${test.name} -> ${test.expected}`, test] as const))('%s', async (_name, test) => {
  const headers = new Headers(test.headers);
  if (test.auth !== false) headers.set('authorization', `Bearer ${alice.token}`);
  if (test.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const response = await call(server.url, test.path, {
    method: test.method,
    headers,
    ...(test.json === undefined ? {} : { json: test.json }),
    ...(test.body === undefined ? {} : { body: test.body as string }),
  });
  const text = await response.text();
  expect(response.status, text).toBe(test.expected);
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(HTTP_STATUS[body.code as keyof typeof HTTP_STATUS]).toBe(test.expected);
  expect(body).toMatchObject({
    message: expect.any(String),
    details: expect.any(Array),
    request_id: expect.any(String),
  });
  expect(body.trace_id).toMatch(/^[0-9a-f]{32}$/);
  // Nothing of the inside: no stack, no SQL, no library, no file.
  expect(text).not.toMatch(/\bat .+:\d+:\d+|prisma|postgres|node_modules|\/src\//i);
});

const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(5000, () => socket.destroy());
  });

it.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['a header with a newline in its name', 'GET / HTTP/1.1\r\nHost: a\r\nBad\nHeader: x\r\n\r\n', 400],
  [
    'two lengths',
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    400,
  ],
  [
    'length and chunked together',
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['64 kB of headers', `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${'a'.repeat(64 << 10)}\r\n\r\n`, 431],
])('raw bytes: %s', async (_name, bytes, status) => {
  const answer = await raw(bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'BAD_REQUEST', details: [] });
});

it('is still there afterwards, with the tables as they were and not one error of its own', async () => {
  expect((await alice.fetch('/api/v1/feed/unified')).status).toBe(200);
  expect(await database.db.user.count()).toBe(1);
  expect(server.logLines().filter((line) => line.level === 'error')).toEqual([]);
});

it('writes no line that a caller made up', async () => {
  const forged = '"}\n{"level":"error","message":"forged"}';
  await call(server.url, `/api/v1/feed/global?genre=${encodeURIComponent(forged)}`, {
    headers: { 'user-agent': 'x"}{"level":"error"' },
  });
  await call(server.url, `/${encodeURIComponent(forged)}`);
  expect(server.logLines().some((line) => line.message === 'forged')).toBe(false);
});
