import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createMemoryCache } from '../../src/data/cache/memory-cache.ts';
import { createRedisCache } from '../../src/data/cache/redis-cache.ts';
import { createRedis, untilReachable } from '../../src/data/redis.ts';
import { withSpan } from '../../src/telemetry/spans.ts';
import type { RecordedSpan } from '../../src/telemetry/tracing/recorded-span.ts';
import { has } from '../support/parts.ts';
import { recordSpans } from '../support/recorded-spans.ts';
import { startRedis } from '../support/servers.ts';

const { list, keeper } = recordSpans();

afterAll(() => keeper.shutdown());
afterEach(() => {
  list.spans = [];
});

const USER = '0198c0de-0000-7000-8000-00000000cafe';

/** The spans in the order in which they were started, without the parent that all of them have. */
const spansOf = async (run: () => Promise<unknown>): Promise<RecordedSpan[]> => {
  await withSpan('parent' as never, {}, run);
  const [parent, ...others] = list.spans.toReversed();
  for (const span of others) expect(span.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
  return others.toReversed();
};

/** Where the server is stands in the spans of Redis only. */
const attributesOf = (span: RecordedSpan | undefined): Record<string, unknown> => {
  const { 'server.address': _, 'server.port': __, ...rest } = span?.attributes ?? {};
  return rest;
};

const uses = (cache: ReturnType<typeof createMemoryCache>) => async (): Promise<void> => {
  const { generation } = await cache.getFromGroup('feed:unified', USER, 'limit=20');
  await cache.setInGroup('feed:unified', USER, 'limit=20', 'secret value', {
    ttlSeconds: 30,
    maxEntries: 10,
    generation,
  });
  await cache.getFromGroup('feed:unified', USER, 'limit=20');
  await cache.invalidateGroup('feed:unified', USER);
};

describe.each(['memory', 'redis'] as const)('the spans of the cache in %s', (system) => {
  test.runIf(system === 'memory' || has('redis'))('are those of the specification, and no others', async () => {
    const server = system === 'redis' ? await startRedis() : undefined;
    const redis = server && createRedis(server.url);
    if (redis) await untilReachable(redis, 5000);
    const cache = redis ? createRedisCache(redis) : createMemoryCache();
    const common = { 'db.system.name': system, 'cache.namespace': 'feed:unified' };
    // Twice: a script goes out as EVAL the first time and as EVALSHA from then on.
    for (let round = 0; round < 2; round += 1) {
      const spans = await spansOf(uses(cache));
      expect(spans.map(({ name }) => name)).toEqual([
        'GET feed:unified',
        'SET feed:unified',
        'GET feed:unified',
        'DEL feed:unified',
      ]);
      expect(spans.every(({ kind }) => kind === SpanKind.CLIENT)).toBe(true);
      const key = { 'cache.key': 'feed:unified:*:limit=20' };
      expect(spans.map(attributesOf)).toEqual([
        { ...common, ...key, 'db.operation.name': 'GET', 'cache.hit': false },
        { ...common, ...key, 'db.operation.name': 'SET', 'cache.ttl': 30 },
        { ...common, ...key, 'db.operation.name': 'GET', 'cache.hit': true },
        { ...common, 'cache.key': 'feed:unified:*', 'db.operation.name': 'DEL' },
      ]);
      expect(JSON.stringify(spans.map(({ attributes, events }) => ({ attributes, events })))).not.toMatch(
        /secret|cafe/,
      );
      list.spans = [];
    }
    await cache.close();
    await server?.stop();
  });

  test('are none where there is no parent', async () => {
    await uses(createMemoryCache())();
    expect(list.spans).toEqual([]);
  });
});

test.runIf(has('redis'))('a Redis that is away makes spans that have ended and say so', async () => {
  const server = await startRedis();
  const redis = createRedis(server.url);
  await untilReachable(redis, 5000);
  const cache = createRedisCache(redis);
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const spans = await spansOf(uses(cache));
  expect(spans.map(({ name }) => name)).toEqual([
    'GET feed:unified',
    'SET feed:unified',
    'GET feed:unified',
    'DEL feed:unified',
  ]);
  for (const span of spans) {
    // Nothing was tried, so nothing failed: or each request would have its trace kept until Redis is back.
    expect(span.ended).toBe(true);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes['error.type']).toBe('redis_away');
  }
  await cache.close();
});

test.runIf(has('redis'))('a command that fails marks its span', async () => {
  const server = await startRedis();
  const redis = createRedis(server.url);
  await untilReachable(redis, 5000);
  await redis.set(`sc:feed:unified:{${USER}}`, 'not a hash');
  const cache = createRedisCache(redis);
  const [span] = await spansOf(() => cache.getFromGroup('feed:unified', USER, 'a'));
  expect(span?.status.code).toBe(SpanStatusCode.ERROR);
  expect(span?.name).toBe('GET feed:unified');
  await cache.close();
  await server.stop();
});
