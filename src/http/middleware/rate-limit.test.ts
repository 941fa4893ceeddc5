import { describe, expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import { metricsText } from '../../telemetry/metrics/exposition.ts';
import { enforceRateLimit, limitKey } from './rate-limit.ts';
import { BUDGETS, createMemoryRateLimiter } from './rate-limiter.ts';

const response = () => {
  const headers: Record<string, unknown> = {};
  const setHeader = (name: string, value: unknown): never => {
    headers[name] = value;
    return undefined as never;
  };
  return { headers, setHeader };
};

describe('whom a request is counted against', () => {
  test.each([
    ['203.0.113.9', 'ip:203.0.113.9'],
    ['203.0.113.9:4711', 'ip:203.0.113.9'],
    ['01900000-0000-7000-8000-000000000001', 'ip:unknown'],
    ['', 'ip:unknown'],
    ['::ffff:203.0.113.9', 'ip:203.0.113.9'],
    ['::FFFF:cb00:7109', 'ip:203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', 'ip:2001:db8:1:2::/64'],
    ['2001:DB8:1:2::ffff', 'ip:2001:db8:1:2::/64'],
    ['2001:db8:1:3::ffff', 'ip:2001:db8:1:3::/64'],
    ['2001:db8::1', 'ip:2001:db8:0:0::/64'],
    ['::1', 'ip:0:0:0:0::/64'],
    ['1::', 'ip:1:0:0:0::/64'],
    ['fe80::1%eth0', 'ip:fe80:0:0:0::/64'],
  ])('%s is %s', (from, key) => {
    expect(limitKey({ address: from })).toBe(key);
  });

  test('a user is a user, wherever they are', () => {
    expect(limitKey({ userId: '203.0.113.9' })).toBe('user:203.0.113.9');
  });
});

describe('in memory', () => {
  test('the headers count down, and what is over the budget is refused with the time to wait', async () => {
    const limiter = createMemoryRateLimiter();
    const call = async () => {
      const res = response();
      await enforceRateLimit(limiter, 'auth', { address: '203.0.113.1' }, res, '/api/v1/auth/login');
      return res.headers;
    };
    expect(await call()).toEqual({ 'RateLimit-Policy': '"auth";q=10;w=60', RateLimit: '"auth";r=9;t=60' });
    for (let i = 1; i < BUDGETS.auth; i += 1) await call();

    const res = response();
    const refused = enforceRateLimit(limiter, 'auth', { address: '203.0.113.1' }, res, '/api/v1/auth/login');
    const error = await refused.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect((error as AppError).retryAfter).toBeGreaterThan(50);
    expect((error as AppError).retryAfter).toBeLessThanOrEqual(60);
    expect(res.headers.RateLimit).toMatch(/^"auth";r=0;t=\d+$/);
    expect((await metricsText('')).body).toContain('rate_limit_exceeded_total{route="/api/v1/auth/login"} 1\n');
  });

  test('callers and budgets do not draw on each other', async () => {
    const limiter = createMemoryRateLimiter();
    for (let i = 0; i < 25; i += 1) await limiter.consume('upload', 'user:a');
    expect(await limiter.consume('upload', 'user:a')).toMatchObject({ allowed: false, limit: 20, remaining: 0 });
    expect(await limiter.consume('upload', 'user:b')).toMatchObject({ allowed: true, remaining: 19 });
    expect(await limiter.consume('general', 'user:a')).toMatchObject({ allowed: true, limit: 100, remaining: 99 });
    expect(await limiter.consume('search', 'user:a')).toMatchObject({ allowed: true, limit: 100, remaining: 99 });
  });
});
