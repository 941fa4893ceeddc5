import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type Person, post, register } from './support/client.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from './support/otlp-receiver.ts';
import { type ServerProcess, startServer } from './support/server.ts';
import { roots } from './support/trace-tree.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;

afterEach(async () => {
  server?.process.kill('SIGKILL');
  await Promise.all([database?.close(), receiver?.close()]);
});

const start = async (): Promise<Person> => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  server = await startServer({
    databaseUrl: database.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, RATE_LIMIT_ENABLED: 'false' },
  });
  const alice = await register(server.url, 'alice');
  for (let i = 0; i < 5; i += 1) await post(alice);
  return alice;
};

it('fails no request that was accepted and loses no span when it is stopped under load', async () => {
  const alice = await start();
  const answered: string[] = [];
  const failures: unknown[] = [];
  const client = async (number: number): Promise<void> => {
    for (let i = 0; ; i += 1) {
      try {
        const response = await alice.fetch(`/api/v1/feed/unified?limit=${1 + ((i + number) % 100)}`, {
          headers: { 'cache-control': 'no-cache' },
        });
        await response.text();
        if (response.status !== 200) failures.push(response.status);
        answered.push(response.headers.get('traceparent')?.split('-')[1] ?? '');
      } catch (error) {
        const { cause } = error as { cause?: { code?: string } };
        // Nobody listens any more: this one was never accepted.
        if (cause?.code !== 'ECONNREFUSED') failures.push(cause ?? error);
        return;
      }
    }
  };
  const clients = Array.from({ length: 16 }, (_, number) => client(number));
  await sleep(1500);
  const before = answered.length;
  expect(await server.stop('SIGTERM')).toBe(0);
  await Promise.all(clients);

  expect(failures).toEqual([]);
  expect(before).toBeGreaterThan(50);
  const traces = receiver.traces();
  for (const id of answered) expect(roots(traces.get(id) ?? []), id).toHaveLength(1);
});

it('finishes what runs before it ends, and answers nobody new', async () => {
  const alice = await start();
  const slow = alice.fetch('/api/v1/auth/login', {
    method: 'POST',
    json: { email: 'alice@example.com', password: 'wrong' },
  });
  await sleep(5);
  const ended = server.stop('SIGTERM');
  expect((await slow).status).toBe(401);
  expect(await ended).toBe(0);
  await expect(fetch(server.url)).rejects.toThrow();
});

it('logs a crash, sends the spans it has, and ends with 1', async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  const bomb = "process.once('SIGUSR2', () => { setTimeout(() => { throw new Error('boom, password=hunter2') }) })";
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '60s',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bomb)}`,
    },
  });
  const response = await fetch(`${server.url}/health`);
  await response.text();
  // A request that does not end must not use up the time for the spans.
  const unfinished = request(new URL('/api/v1/auth/login', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '1000' },
  });
  unfinished.on('error', () => {}).write('{');
  await sleep(200);
  const began = Date.now();
  expect(await server.stop('SIGUSR2')).toBe(1);
  expect(Date.now() - began).toBeLessThan(3000);
  const line = await server.waitForLog(({ message }) => message.startsWith('crashed'));
  expect(line).toMatchObject({ level: 'error', error: { type: 'Error', stack: expect.stringContaining('boom') } });
  expect(server.output()).not.toContain('hunter2');
  expect(receiver.traces().has(response.headers.get('traceparent')?.split('-')[1] ?? '')).toBe(true);
});

it('takes the second SIGINT of one Ctrl-C, which npm passes on, for the first', async () => {
  const alice = await start();
  const response = await alice.fetch('/api/v1/feed/unified');
  await response.text();
  server.process.kill('SIGINT');
  await sleep(20);
  expect(await server.stop('SIGINT')).toBe(0);
  expect(receiver.traces().has(response.headers.get('traceparent')?.split('-')[1] ?? '')).toBe(true);
});

it('does not wait for a receiver of log lines that takes no spans either', async () => {
  database = await createTestDatabase();
  server = await startServer({
    databaseUrl: database.url,
    env: {
      // The discard port: nobody listens there.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_BSP_EXPORT_TIMEOUT: '500ms',
    },
  });
  await (await fetch(`${server.url}/health`)).text();
  await server.waitForLog(({ message }) => message.startsWith('spans cannot be sent'));
  server.process.kill('SIGTERM');
  const { timestamp } = await server.waitForLog(({ message }) => message === 'spans were lost');
  const end = await server.waitForLog(({ message }) => message.startsWith('the last log lines were not sent'));
  expect(Date.parse(String(end.timestamp)) - Date.parse(String(timestamp))).toBeLessThan(1000);
  expect(await server.stop()).toBe(0);
});
