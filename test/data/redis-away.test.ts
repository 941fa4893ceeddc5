import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Bus } from '../../src/data/bus.ts';
import type { Cache } from '../../src/data/cache/cache.ts';
import { createRedisCache } from '../../src/data/cache/redis-cache.ts';
import { createMemoryBus } from '../../src/data/memory-bus.ts';
import { createRedis, untilReachable } from '../../src/data/redis.ts';
import { createRedisBus } from '../../src/data/redis-bus.ts';
import { freePort } from '../../src/integrations/free-port.ts';
import { has } from '../support/parts.ts';
import { startRedis, type TestServer } from '../support/servers.ts';

const open: { close(): Promise<void> }[] = [];
const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop().catch(() => undefined)));
});

const start = async (port?: number): Promise<TestServer> => {
  const server = await startRedis(undefined, port);
  servers.push(server);
  return server;
};

const cacheOn = (url: string): Cache => {
  const cache = createRedisCache(createRedis(url));
  open.push(cache);
  return cache;
};

const busOn = (url: string): Bus => {
  const bus = createRedisBus(url);
  open.push(bus);
  return bus;
};

const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  for (let i = 0; i < 300; i += 1) {
    if (await condition()) return;
    await delay(20);
  }
  throw new Error('never happened');
};

const answers = (cache: Cache): Promise<boolean> =>
  cache.ping().then(
    () => true,
    () => false,
  );

const put = (cache: Cache, value: string, generation?: string): Promise<void> =>
  cache.setInGroup('feed:global', 'public', 'a', value, { ttlSeconds: 60, maxEntries: 10, generation });
const read = (cache: Cache) => cache.getFromGroup('feed:global', 'public', 'a');

describe.runIf(has('redis'))('a cache whose Redis', () => {
  test('is not there at the start costs nothing, and is used once it is there', async () => {
    const port = await freePort();
    const before = performance.now();
    const cache = cacheOn(`redis://127.0.0.1:${port}`);
    await put(cache, 'one');
    expect(await read(cache)).toEqual({ value: undefined, generation: undefined });
    await cache.invalidateGroup('feed:global', 'public');
    await expect(cache.ping()).rejects.toThrow('redis is away');
    expect(performance.now() - before).toBeLessThan(100);
    await start(port);
    await until(() => answers(cache));
    await until(async () => (await read(cache)).generation !== undefined);
    await put(cache, 'two', (await read(cache)).generation);
    expect((await read(cache)).value).toBe('two');
  });

  test('stops and starts again is done without meanwhile', async () => {
    const { port, url, stop } = await start();
    const cache = cacheOn(url);
    await until(() => answers(cache));
    await put(cache, 'one');
    expect((await read(cache)).value).toBe('one');
    await stop();
    const before = performance.now();
    for (let i = 0; i < 50; i += 1) expect((await read(cache)).value).toBeUndefined();
    await put(cache, 'two');
    expect(performance.now() - before).toBeLessThan(600);
    await start(port);
    await until(() => answers(cache));
    await put(cache, 'three', (await read(cache)).generation);
    expect((await read(cache)).value).toBe('three');
  });

  test('is silent costs one timeout, not one for every request; an invalidation is made up for', async () => {
    const { url } = await start();
    const cache = cacheOn(url);
    await until(() => answers(cache));
    await put(cache, 'one');
    const redis = createRedis(url);
    open.push({ close: async () => redis.disconnect() });
    await untilReachable(redis, 2000);
    await redis.call('CLIENT', 'PAUSE', '1500', 'ALL');
    const before = performance.now();
    for (let i = 0; i < 20; i += 1) expect((await read(cache)).value).toBeUndefined();
    await cache.invalidateGroup('feed:global', 'public');
    expect(performance.now() - before).toBeLessThan(800);
    for (let i = 0; i < 150; i += 1) {
      expect((await read(cache)).value).toBeUndefined();
      await delay(20);
    }
    expect((await read(cache)).generation).toBeDefined();
    await put(cache, 'two', (await read(cache)).generation);
    expect((await read(cache)).value).toBe('two');
  });

  test('holds other things under its names (a wrong type) is as good as none', async () => {
    const { url } = await start();
    const cache = cacheOn(url);
    await until(() => answers(cache));
    const redis = createRedis(url);
    open.push({ close: async () => redis.disconnect() });
    await untilReachable(redis, 2000);
    await redis.set('sc:feed:global:{public}', 'not a hash');
    expect(await read(cache)).toEqual({ value: undefined, generation: undefined });
    await put(cache, 'one');
    await cache.invalidateGroup('feed:global', 'public');
    expect((await read(cache)).generation).toBeDefined();
  });
});

test('the bus in memory delivers to every listener, whatever one of them does', async () => {
  const bus = createMemoryBus();
  const heard: string[] = [];
  bus.subscribe('session.revoked', () => {
    throw new Error('no');
  });
  bus.subscribe('session.revoked', (message) => heard.push(message));
  await bus.publish('session.revoked', 's 1');
  expect(heard).toEqual(['s 1']);
});

describe.runIf(has('redis'))('the bus over Redis', () => {
  test('delivers to every instance once, the own one at once', async () => {
    const { url } = await start();
    const [one, two] = [busOn(url), busOn(url)];
    const heard: string[] = [];
    one.subscribe('session.revoked', (message) => heard.push(`one ${message}`));
    two.subscribe('session.revoked', (message) => heard.push(`two ${message}`));
    await until(async () => {
      await one.publish('session.revoked', 'try');
      return heard.includes('two try');
    });
    await one.publish('session.revoked', 'a b 音');
    expect(heard).toContain('one a b 音');
    const those = (): string[] => heard.filter((line) => line.includes('音'));
    await until(() => those().length >= 2);
    await delay(100);
    expect(those().sort()).toEqual(['one a b 音', 'two a b 音']);
  });

  test('delivers in its own process while Redis is away, and tells when it is back', async () => {
    const { port, url, stop } = await start();
    const [one, two] = [busOn(url), busOn(url)];
    const heard: string[] = [];
    let reconnected = 0;
    one.subscribe('session.revoked', (message) => heard.push(message));
    one.onReconnect(() => {
      reconnected += 1;
    });
    await until(async () => {
      await two.publish('session.revoked', 'try');
      return heard.includes('try');
    });
    expect(reconnected).toBe(0);
    await stop();
    await one.publish('session.revoked', 'local');
    expect(heard).toContain('local');
    await start(port);
    await until(() => reconnected === 1);
    await until(async () => {
      await two.publish('session.revoked', 'again');
      return heard.includes('again');
    });
    expect(reconnected).toBe(1);
  });
});
