import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { log } from '../../telemetry/log.ts';
import { onceAMinute } from '../../telemetry/once-a-minute.ts';

/** Which budget of requests per minute a route draws on. */
export type LimitClass = 'general' | 'auth' | 'search' | 'upload';

/** Requests per window that one caller may make. */
export const BUDGETS: Record<LimitClass, number> = { general: 100, auth: 10, upload: 20, search: 100 };
/** Seconds. */
export const WINDOW = 60;

/** Milliseconds a request waits for Redis at most. */
const REDIS_TIMEOUT = 200;
/** Milliseconds during which a Redis that failed is left alone, so that a silent one slows one request and not all. */
const REDIS_PAUSE = 2000;

export interface RateLimitAnswer {
  allowed: boolean;
  /** Requests per window. */
  limit: number;
  remaining: number;
  /** Seconds until the budget is whole again. */
  resetSeconds: number;
}

/** Counts requests against budgets. It never throws: without its store it counts in this process alone. */
export interface RateLimiter {
  consume(limitClass: LimitClass, key: string): Promise<RateLimitAnswer>;
}

const limiters = (make: (options: { keyPrefix: string; points: number; duration: number }) => RateLimiterAbstract) =>
  Object.fromEntries(
    Object.entries(BUDGETS).map(([name, points]) => [
      name,
      make({ keyPrefix: `ratelimit:${name}`, points, duration: WINDOW }),
    ]),
  ) as Record<LimitClass, RateLimiterAbstract>;

/** rate-limiter-flexible rejects with its result when the budget is spent, and with an error when its store fails. */
const take = async (limiter: RateLimiterAbstract, key: string): Promise<RateLimitAnswer> => {
  const answer = (allowed: boolean, result: RateLimiterRes): RateLimitAnswer => ({
    allowed,
    limit: limiter.points,
    remaining: result.remainingPoints,
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  });
  try {
    return answer(true, await limiter.consume(key));
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return answer(false, reason);
    throw reason;
  }
};

/**
 * Counting is no part of the request's story, so it makes no spans. From the root context, because what the limiter
 * keeps for a minute would keep the request's spans with it.
 */
const untraced = <T>(fn: () => T): T => context.with(suppressTracing(ROOT_CONTEXT), fn);

/** Counts in this process. */
export const createMemoryRateLimiter = (): RateLimiter => {
  const memory = limiters((options) => new RateLimiterMemory(options));
  return { consume: (limitClass, key) => untraced(() => take(memory[limitClass], key)) };
};

const within = <T>(promise: Promise<T>, milliseconds: number): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/**
 * Counts in Redis, so that all processes share the budgets, and in this process while Redis is away or silent.
 * `insuranceLimiter` of the library is not used because it knows no timeout, and counts twice when one is put around it.
 */
export const createRedisRateLimiter = (redis: Redis): RateLimiter => {
  const shared = limiters(
    (options) => new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true }),
  );
  const insurance = createMemoryRateLimiter();
  let pausedUntil = 0;
  const tell = onceAMinute((error: unknown) =>
    log.warn('rate limits are counted per process while Redis is away', { error }),
  );

  const noteFailure = (error: unknown): void => {
    pausedUntil = Date.now() + REDIS_PAUSE;
    tell(error);
  };

  return {
    async consume(limitClass, key) {
      if (Date.now() >= pausedUntil) {
        try {
          return await untraced(() => within(take(shared[limitClass], key), REDIS_TIMEOUT));
        } catch (error) {
          noteFailure(error);
        }
      }
      return insurance.consume(limitClass, key);
    },
  };
};

/** Shared by all processes where there is a Redis, else this process's own. */
export const createRateLimiter = (redis: Redis | undefined): RateLimiter =>
  redis ? createRedisRateLimiter(redis) : createMemoryRateLimiter();
