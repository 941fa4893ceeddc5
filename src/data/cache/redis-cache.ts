import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Redis } from 'ioredis';
import {
  type CacheIdentity,
  type CacheOperation,
  setCacheHit,
  setCacheRefused,
  withCacheSpan,
} from '../../telemetry/cache-spans.ts';
import { log } from '../../telemetry/log.ts';
import { recordCacheOperation } from '../../telemetry/metrics/record.ts';
import { onceAMinute } from '../../telemetry/once-a-minute.ts';
import { closeRedis, isReachable } from '../redis.ts';
import type { Cache, CacheNamespace, GroupRead, SetOptions } from './cache.ts';
import { GENERATION_TTL_SECONDS } from './generation.ts';
import { OwedInvalidations } from './owed-invalidations.ts';
import { defineCacheScripts } from './redis-scripts.ts';

/** A server that let a command time out is left alone for so long: it slows one request and not all. */
const PAUSE_MS = 1000;

/** One hash for each group, one field for each entry. The braces keep a group on one node of a cluster. */
const cacheKey = (namespace: string, group: string): string => `sc:${namespace}:{${group}}`;
const entryField = (entry: string): string => `e:${entry}`;

const NOTHING: GroupRead = { value: undefined, generation: undefined };

/** A cache in Redis, one hash a group. Every operation is one round trip and one span. */
export const createRedisCache = (redis: Redis): Cache => new RedisCache(redis);

class RedisCache implements Cache {
  readonly system = 'redis';
  readonly #redis: Redis;
  readonly #identity: CacheIdentity;
  readonly #owed: OwedInvalidations;
  #pausedUntil = 0;
  readonly #tell = onceAMinute((error: unknown) => log.warn('the cache failed, going on without', { error }));

  constructor(redis: Redis) {
    this.#redis = redis;
    this.#identity = { system: 'redis', address: redis.options.host, port: redis.options.port };
    defineCacheScripts(redis);
    this.#owed = new OwedInvalidations(redis, (key) => this.#invalidate(key));
  }

  async getFromGroup(namespace: CacheNamespace, group: string, entry: string): Promise<GroupRead> {
    const key = cacheKey(namespace, group);
    const operation: CacheOperation = { operation: 'GET', namespace, group, entry };
    const read = await this.#run(operation, async () => {
      const [generation, value] = await this.#redis.hmget(key, 'g', entryField(entry));
      return { value: value ?? undefined, generation: generation ?? undefined };
    });
    // An invalidation that did not get through still counts: what is there is from before it.
    return read === undefined || this.#owed.has(key) ? NOTHING : read;
  }

  async setInGroup(
    namespace: CacheNamespace,
    group: string,
    entry: string,
    value: string,
    { ttlSeconds, maxEntries, generation }: SetOptions,
  ): Promise<void> {
    const key = cacheKey(namespace, group);
    await this.#run({ operation: 'SET', namespace, group, entry, ttl: ttlSeconds }, () =>
      this.#redis.cacheSetInGroup(key, generation ?? '', entryField(entry), value, ttlSeconds, maxEntries),
    );
  }

  async invalidateGroup(namespace: CacheNamespace, group: string): Promise<void> {
    const key = cacheKey(namespace, group);
    const done = await this.#run({ operation: 'DEL', namespace, group }, () => this.#invalidate(key));
    if (done === undefined) this.#owed.add(key);
    else this.#owed.settled(key);
  }

  async ping(): Promise<number> {
    if (!isReachable(this.#redis)) throw new Error('redis is away');
    const start = performance.now();
    await context.with(suppressTracing(context.active()), () => this.#redis.ping());
    return performance.now() - start;
  }

  async close(): Promise<void> {
    this.#owed.stop();
    await closeRedis(this.#redis);
  }

  #invalidate(key: string): Promise<number> {
    return this.#redis.cacheInvalidateGroup(key, randomUUID(), GENERATION_TTL_SECONDS);
  }

  /** @returns undefined when the operation failed. */
  async #run<T>(operation: CacheOperation, send: () => Promise<T>): Promise<T | undefined> {
    const start = performance.now();
    let result: 'hit' | 'miss' | 'ok' | 'error' = 'ok';
    try {
      return await withCacheSpan(this.#identity, operation, async (span) => {
        const refusal = this.#refusal(operation);
        if (refusal !== undefined) {
          // No failure of this request: marking it as one would keep the trace of every request while Redis is away.
          result = 'error';
          if (span) setCacheRefused(span, refusal);
          return undefined;
        }
        const value = await send();
        if (operation.operation === 'GET') {
          result = (value as GroupRead).value === undefined ? 'miss' : 'hit';
          if (span) setCacheHit(span, result === 'hit');
        }
        return value;
      });
    } catch (error) {
      result = 'error';
      this.#failed(operation, error);
      return undefined;
    } finally {
      const seconds = (performance.now() - start) / 1000;
      recordCacheOperation({ cache: operation.namespace, operation: operation.operation, result, seconds });
    }
  }

  #refusal({ operation, namespace, group }: CacheOperation): 'redis_away' | 'invalidation_owed' | undefined {
    if (this.#isAway()) return 'redis_away';
    if (operation !== 'DEL' && this.#owed.has(cacheKey(namespace, group))) return 'invalidation_owed';
    return undefined;
  }

  #isAway(): boolean {
    return !isReachable(this.#redis) || performance.now() < this.#pausedUntil;
  }

  #failed(operation: CacheOperation, error: unknown): void {
    // That it is away is said by the connection.
    if (this.#refusal(operation) !== undefined) return;
    if (error instanceof Error && error.message === 'Command timed out')
      this.#pausedUntil = performance.now() + PAUSE_MS;
    this.#tell(error);
  }
}
