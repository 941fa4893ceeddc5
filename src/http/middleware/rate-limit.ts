import type { ServerResponse } from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import { AppError } from '../../errors.ts';
import { recordRateLimitExceeded } from '../../telemetry/metrics/record.ts';
import { type LimitClass, type RateLimiter, WINDOW } from './rate-limiter.ts';

/** The eight groups of an IPv6 address as numbers. */
const groupsOf = (address: string): number[] => {
  // URL writes any spelling, also one that ends in dotted decimals, in the one canonical way.
  const canonical = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const middle = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(middle).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
};

/** Who asks: a user, or where there is none the address that the request came from. */
export type Caller = { userId: string } | { address: string | undefined };

/**
 * Whom a request is counted against: a user, an IPv4 address, or the /64 of an IPv6 address, because whoever has one
 * address of it has all of them.
 */
export const limitKey = (caller: Caller): string => {
  if ('userId' in caller) return `user:${caller.userId}`;
  // A proxy may add the port.
  const address = caller.address?.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1') ?? '';
  // Behind more trusted hops than there are, a client writes here what it likes: all of those share one budget.
  if (!isIP(address)) return 'ip:unknown';
  if (!isIPv6(address)) return `ip:${address}`;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  // An IPv4 client of a socket that listens on both looks like ::ffff:1.2.3.4.
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `ip:${[high >> 8, high & 255, low >> 8, low & 255].join('.')}`;
  return `ip:${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
};

/**
 * Counts a request against the budget of its caller and says in the response how much is left
 * (draft-ietf-httpapi-ratelimit-headers).
 * @throws AppError RATE_LIMITED when nothing is.
 */
export const enforceRateLimit = async (
  limiter: RateLimiter,
  limitClass: LimitClass,
  caller: Caller,
  res: Pick<ServerResponse, 'setHeader'>,
  routeTemplate: string,
): Promise<void> => {
  const { allowed, limit, remaining, resetSeconds } = await limiter.consume(limitClass, limitKey(caller));
  res.setHeader('RateLimit-Policy', `"${limitClass}";q=${limit};w=${WINDOW}`);
  res.setHeader('RateLimit', `"${limitClass}";r=${remaining};t=${resetSeconds}`);
  if (allowed) return;
  recordRateLimitExceeded(routeTemplate);
  throw new AppError('RATE_LIMITED', `too many requests, try again in ${resetSeconds} s`, { retryAfter: resetSeconds });
};
