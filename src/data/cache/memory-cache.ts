import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { type CacheIdentity, setCacheHit, withCacheSpan } from '../../telemetry/cache-spans.ts';
import { recordCacheOperation } from '../../telemetry/metrics/record.ts';
import type { Cache, CacheNamespace, GroupRead } from './cache.ts';
import { GENERATION_TTL_SECONDS } from './generation.ts';

const MEMORY: CacheIdentity = { system: 'memory' };
const MAX_BYTES = 64 * 1024 * 1024;
/** What a group or an entry costs beside its text, roughly. */
const OVERHEAD_BYTES = 200;

interface Group {
  generation: string | undefined;
  entries: Map<string, string>;
  bytes: number;
}

/**
 * The cache inside the process, with the semantics of the one in Redis: a group and its generation are kept and
 * forgotten together. The groups that were used least recently make room when there are more than `maxBytes`.
 */
export const createMemoryCache = ({ maxBytes = MAX_BYTES }: { maxBytes?: number } = {}): Cache => {
  const groups = new LRUCache<string, Group>({ maxSize: maxBytes, ttlResolution: 0 });

  const keep = (key: string, group: Group, ttlSeconds: number): void => {
    groups.set(key, group, { size: group.bytes, ttl: ttlSeconds * 1000 });
  };

  return {
    system: 'memory',

    getFromGroup: (namespace: CacheNamespace, group: string, entry: string): Promise<GroupRead> =>
      withCacheSpan(MEMORY, { operation: 'GET', namespace, group, entry }, async (span) => {
        const start = performance.now();
        const found = groups.get(`${namespace}:${group}`);
        const value = found?.entries.get(entry);
        if (span) setCacheHit(span, value !== undefined);
        record(namespace, 'GET', value === undefined ? 'miss' : 'hit', start);
        return { value, generation: found?.generation };
      }),

    setInGroup: (namespace, group, entry, value, { ttlSeconds, maxEntries, generation }): Promise<void> =>
      withCacheSpan(MEMORY, { operation: 'SET', namespace, group, entry, ttl: ttlSeconds }, async () => {
        const start = performance.now();
        const key = `${namespace}:${group}`;
        const found = groups.get(key);
        if (found?.generation === generation) {
          const entries = found?.entries ?? new Map<string, string>();
          let bytes = (found?.bytes ?? OVERHEAD_BYTES) + sizeOf(entry, value);
          const [oldest = entry] = entries.keys();
          const leaving = entries.has(entry) ? entry : entries.size >= maxEntries ? oldest : undefined;
          const left = leaving === undefined ? undefined : entries.get(leaving);
          if (leaving !== undefined && left !== undefined) {
            bytes -= sizeOf(leaving, left);
            entries.delete(leaving);
          }
          entries.set(entry, value);
          keep(key, { generation, entries, bytes }, ttlSeconds);
        }
        record(namespace, 'SET', 'ok', start);
      }),

    invalidateGroup: (namespace, group): Promise<void> =>
      withCacheSpan(MEMORY, { operation: 'DEL', namespace, group }, async () => {
        const start = performance.now();
        const fresh: Group = { generation: randomUUID(), entries: new Map(), bytes: OVERHEAD_BYTES };
        keep(`${namespace}:${group}`, fresh, GENERATION_TTL_SECONDS);
        record(namespace, 'DEL', 'ok', start);
      }),

    ping: async () => 0,

    close: async () => groups.clear(),
  };
};

/** V8 keeps most texts at one byte a character and the others at two; the dearer is assumed. */
const sizeOf = (entry: string, value: string): number => (entry.length + value.length) * 2 + OVERHEAD_BYTES;

const record = (cache: CacheNamespace, operation: string, result: 'hit' | 'miss' | 'ok', start: number): void =>
  recordCacheOperation({ cache, operation, result, seconds: (performance.now() - start) / 1000 });
