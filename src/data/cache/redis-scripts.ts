import type { Redis, Result } from 'ioredis';

/**
 * KEYS: the group. ARGV: the generation that was read (empty: there was none), the field, the value, the seconds, the
 * number of entries at most. Without a generation none is made: there was no invalidation that it would have to be told
 * from. In a full group any other entry makes room; of two that are drawn one is not the generation.
 */
const SET = `
if (redis.call('HGET', KEYS[1], 'g') or '') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then
  local entries = redis.call('HLEN', KEYS[1]) - redis.call('HEXISTS', KEYS[1], 'g')
  if entries >= tonumber(ARGV[5]) then
    for _, field in ipairs(redis.call('HRANDFIELD', KEYS[1], 2)) do
      if field ~= 'g' then
        redis.call('HDEL', KEYS[1], field)
        break
      end
    end
  end
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`;

/** KEYS: the group. ARGV: the new generation, the seconds that it is remembered. */
const INVALIDATE = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'g', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cacheSetInGroup(
      key: string,
      generation: string,
      field: string,
      value: string,
      ttl: number,
      maxEntries: number,
    ): Result<number, Context>;
    cacheInvalidateGroup(key: string, generation: string, ttl: number): Result<number, Context>;
  }
}

/** Gives `redis` the commands of the cache. */
export const defineCacheScripts = (redis: Redis): void => {
  redis.defineCommand('cacheSetInGroup', { numberOfKeys: 1, lua: SET });
  redis.defineCommand('cacheInvalidateGroup', { numberOfKeys: 1, lua: INVALIDATE });
};
