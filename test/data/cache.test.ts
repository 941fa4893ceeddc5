import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cache, CacheNamespace } from '../../src/data/cache/cache.ts';
import { createMemoryCache } from '../../src/data/cache/memory-cache.ts';
import { createRedisCache } from '../../src/data/cache/redis-cache.ts';
import { createRedis, untilReachable } from '../../src/data/redis.ts';
import { has } from '../support/parts.ts';

const NS: CacheNamespace = 'feed:unified';
let groups = 0;
const newGroup = (): string => `group-${process.pid}-${++groups}`;

const put = (
  cache: Cache,
  group: string,
  entry: string,
  value: string,
  generation?: string,
  ttlSeconds = 60,
  maxEntries = 100,
): Promise<void> => cache.setInGroup(NS, group, entry, value, { ttlSeconds, maxEntries, generation });
const get = async (cache: Cache, group: string, entry: string): Promise<string | undefined> =>
  (await cache.getFromGroup(NS, group, entry)).value;

const kinds: [string, boolean, () => Promise<Cache>][] = [
  ['memory', true, async () => createMemoryCache()],
  [
    'redis',
    has('redis'),
    async () => {
      const redis = createRedis(process.env.TEST_REDIS_URL ?? '');
      expect(await untilReachable(redis, 5000)).toBe(true);
      return createRedisCache(redis);
    },
  ],
];

describe.each(kinds)('the cache in %s', (system, there, open) => {
  let cache: Cache;
  beforeAll(async () => {
    if (there) cache = await open();
  });
  afterAll(() => cache?.close());

  test.runIf(there)('says what it is, and answers', async () => {
    expect(cache.system).toBe(system);
    expect(await cache.ping()).toBeGreaterThanOrEqual(0);
  });

  test.runIf(there)('returns what was stored, entry by entry, and nothing else', async () => {
    const group = newGroup();
    expect(await cache.getFromGroup(NS, group, 'a')).toEqual({ value: undefined, generation: undefined });
    await put(cache, group, 'a', 'one');
    await put(cache, group, 'b', 'two');
    expect(await get(cache, group, 'a')).toBe('one');
    expect(await get(cache, group, 'b')).toBe('two');
    expect(await get(cache, group, 'c')).toBeUndefined();
    expect(await get(cache, newGroup(), 'a')).toBeUndefined();
    expect((await cache.getFromGroup('feed:timeline', group, 'a')).value).toBeUndefined();
    await put(cache, group, 'a', 'three');
    expect(await get(cache, group, 'a')).toBe('three');
  });

  test.runIf(there).each([
    ['empty', ''],
    ['unicode', 'ж 音 🎧 \u0000 \u2028 é'],
    ['1 MB', 'x'.repeat(1_000_000)],
    ['1 MB of unicode', '音'.repeat(350_000)],
  ])('keeps a value as it is: %s', async (_, value) => {
    const group = newGroup();
    await put(cache, group, 'entry 音', value);
    expect(await get(cache, group, 'entry 音')).toBe(value);
  });

  test.runIf(there)('an entry may have any name, that of the generation too', async () => {
    const group = newGroup();
    await put(cache, group, 'g', 'value');
    expect(await cache.getFromGroup(NS, group, 'g')).toEqual({ value: 'value', generation: undefined });
  });

  test.runIf(there)('an invalidation forgets all entries of the group, and of no other', async () => {
    const [group, other] = [newGroup(), newGroup()];
    await put(cache, group, 'a', 'one');
    await put(cache, group, 'b', 'two');
    await put(cache, other, 'a', 'kept');
    await cache.invalidateGroup(NS, group);
    expect(await get(cache, group, 'a')).toBeUndefined();
    expect(await get(cache, group, 'b')).toBeUndefined();
    expect(await get(cache, other, 'a')).toBe('kept');
  });

  test.runIf(there)('what was computed before an invalidation is not stored after it', async () => {
    const group = newGroup();
    const first = await cache.getFromGroup(NS, group, 'a');
    await cache.invalidateGroup(NS, group);
    await put(cache, group, 'a', 'stale', first.generation);
    expect(await get(cache, group, 'a')).toBeUndefined();

    const second = await cache.getFromGroup(NS, group, 'a');
    expect(second.generation).toBeDefined();
    await put(cache, group, 'a', 'fresh', second.generation);
    expect(await get(cache, group, 'a')).toBe('fresh');

    await cache.invalidateGroup(NS, group);
    await put(cache, group, 'a', 'stale', second.generation);
    expect(await get(cache, group, 'a')).toBeUndefined();
    expect((await cache.getFromGroup(NS, group, 'a')).generation).not.toBe(second.generation);
  });

  test.runIf(there)('a full group makes room for another entry, and keeps its generation', async () => {
    const group = newGroup();
    await cache.invalidateGroup(NS, group);
    const { generation } = await cache.getFromGroup(NS, group, 'a');
    for (let i = 0; i < 40; i += 1) await put(cache, group, `e${i}`, String(i), generation, 60, 5);
    const reads = await Promise.all(Array.from({ length: 40 }, (_, i) => cache.getFromGroup(NS, group, `e${i}`)));
    expect(reads.filter(({ value }) => value !== undefined)).toHaveLength(5);
    expect(reads[39]).toEqual({ value: '39', generation });
    await put(cache, group, 'e39', 'again', generation, 60, 5);
    expect(await get(cache, group, 'e39')).toBe('again');
  });

  test.runIf(there)('a group lives for its TTL from the last write on', async () => {
    const group = newGroup();
    await put(cache, group, 'a', 'one', undefined, 1);
    await delay(600);
    await put(cache, group, 'b', 'two', undefined, 1);
    await delay(600);
    expect(await get(cache, group, 'a')).toBe('one');
    await delay(600);
    expect(await cache.getFromGroup(NS, group, 'a')).toEqual({ value: undefined, generation: undefined });
    expect(await get(cache, group, 'b')).toBeUndefined();
  });

  test.runIf(there)(
    'many at once: nobody ever reads what is older than the last invalidation that had ended',
    async () => {
      const group = newGroup();
      let truth = 0;
      let settled = 0;
      const reader = async (): Promise<void> => {
        for (let i = 0; i < 60; i += 1) {
          const atLeast = settled;
          const read = await cache.getFromGroup(NS, group, 'a');
          if (read.value === undefined) {
            const computed = truth;
            await delay(Math.random() * 2);
            await put(cache, group, 'a', String(computed), read.generation);
          } else expect(Number(read.value)).toBeGreaterThanOrEqual(atLeast);
        }
      };
      const writer = async (): Promise<void> => {
        for (let i = 0; i < 30; i += 1) {
          truth += 1;
          const now = truth;
          await cache.invalidateGroup(NS, group);
          settled = now;
          await delay(Math.random() * 4);
        }
      };
      await Promise.all([...Array.from({ length: 30 }, reader), writer()]);
    },
  );
});

test('the memory cache is bounded: the groups used least recently go', async () => {
  const cache = createMemoryCache({ maxBytes: 1_000_000 });
  for (let i = 0; i < 20; i += 1) {
    await put(cache, `g${i}`, 'a', 'x'.repeat(50_000));
    await get(cache, 'g0', 'a');
  }
  expect(await get(cache, 'g0', 'a')).toBeDefined();
  expect(await get(cache, 'g1', 'a')).toBeUndefined();
  expect(await get(cache, 'g19', 'a')).toBeDefined();
  await put(cache, 'huge', 'a', 'x'.repeat(2_000_000));
  expect(await get(cache, 'huge', 'a')).toBeUndefined();
});
