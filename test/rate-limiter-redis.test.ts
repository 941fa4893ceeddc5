import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedisRateLimiter, type RateLimiter } from '../src/http/middleware/rate-limiter.ts';
import { startRedis, type TestServer } from './support/servers.ts';

/** Milliseconds; what a request may lose to the limiter at most. */
const PATIENCE = 250;

let server: TestServer;
const clients: Redis[] = [];

/** An instance of the API, as far as limits go. */
const instance = async (): Promise<{ limiter: RateLimiter; client: Redis }> => {
  const client = new Redis(server.url, { retryStrategy: () => 100 });
  client.on('error', () => {});
  clients.push(client);
  await client.ping();
  return { limiter: createRedisRateLimiter(client), client };
};

const timed = async <T>(fn: () => Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  const result = await fn();
  return [result, performance.now() - start];
};

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  server = await startRedis();
});

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.stop();
});

test('two instances share one budget, exactly, also when all ask at once', async () => {
  const [one, two] = await Promise.all([instance(), instance()]);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => (i % 2 ? one : two).limiter.consume('upload', 'user:shared')),
  );
  expect(answers.filter((answer) => answer.allowed)).toHaveLength(20);
  expect(await one.limiter.consume('upload', 'user:shared')).toMatchObject({ allowed: false, limit: 20, remaining: 0 });
  expect(await two.limiter.consume('upload', 'user:else')).toMatchObject({
    allowed: true,
    remaining: 19,
    resetSeconds: 60,
  });
});

test('every counter goes away by itself', async () => {
  const { limiter, client } = await instance();
  await limiter.consume('general', 'user:passing');
  const keys = await client.keys('ratelimit:*');
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(0);
});

test('its commands are not part of the trace of the request', async () => {
  const { limiter, client } = await instance();
  const suppressed: boolean[] = [];
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...args: Parameters<typeof send>) => {
    suppressed.push(isTracingSuppressed(context.active()));
    return send(...args);
  };
  const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
  await context.with(trace.setSpan(ROOT_CONTEXT, span), () => limiter.consume('general', 'user:traced'));
  expect(suppressed.length).toBeGreaterThan(0);
  expect(suppressed.every(Boolean)).toBe(true);
});

test('a Redis that says nothing costs one request a moment, and the next ones none', async () => {
  const { limiter, client } = await instance();
  await client.call('CLIENT', 'PAUSE', '1500', 'ALL');
  const [first, firstTook] = await timed(() => limiter.consume('auth', 'user:patient'));
  expect(first).toMatchObject({ allowed: true, remaining: 9 });
  expect(firstTook).toBeLessThan(PATIENCE + 50);
  const [second, secondTook] = await timed(() => limiter.consume('auth', 'user:patient'));
  expect(second).toMatchObject({ allowed: true, remaining: 8 });
  expect(secondTook).toBeLessThan(100);
  await client.call('CLIENT', 'UNPAUSE').catch(() => {});
});

test('while Redis is away no request fails or waits, and limits still hold; once it is back they are shared again', async () => {
  const [one, two] = await Promise.all([instance(), instance()]);
  await one.limiter.consume('auth', 'user:lost');
  const { port } = server;
  await server.stop();

  const answers = [];
  for (let i = 0; i < 12; i += 1) {
    const [answer, took] = await timed(() => one.limiter.consume('auth', 'user:lost'));
    answers.push(answer.allowed);
    expect(took).toBeLessThan(PATIENCE + 50);
  }
  expect(answers.filter(Boolean)).toHaveLength(10);

  server = await startRedis(undefined, port);
  await expect
    .poll(
      async () => {
        const key = `user:${Math.random()}`;
        await one.limiter.consume('auth', key);
        return (await two.limiter.consume('auth', key)).remaining;
      },
      { timeout: 15_000, interval: 200 },
    )
    .toBe(8);
});
