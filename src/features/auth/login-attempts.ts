import { hash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AppError } from '../../errors.ts';

const ALLOWED_FAILURES = 5;
const WINDOW_SECONDS = 15 * 60;

/** Slows down whoever guesses the password of one account from one address. */
export interface LoginAttempts {
  /**
   * Runs one attempt. Those of the same account and address wait for each other, so that many at once are counted too.
   * @param attempt answers whether the password was right.
   * @throws AppError RATE_LIMITED after 5 failures within 15 minutes.
   */
  run<T>(account: string, address: string, attempt: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** Counts in the process. An account that nobody has is counted like any other, so that the limit tells nothing. */
export const createLoginAttempts = (options: { enabled: boolean }): LoginAttempts => {
  const failures = new RateLimiterMemory({ points: ALLOWED_FAILURES, duration: WINDOW_SECONDS });
  const running = new Map<string, Promise<unknown>>();

  const attemptOnce = async <T>(key: string, attempt: () => Promise<T | undefined>): Promise<T | undefined> => {
    const state = await failures.get(key);
    if (state && state.consumedPoints >= ALLOWED_FAILURES) {
      throw new AppError('RATE_LIMITED', 'too many failed logins; try again later', {
        retryAfter: Math.max(1, Math.ceil(state.msBeforeNext / 1000)),
      });
    }
    const result = await attempt();
    if (result === undefined) await failures.penalty(key);
    else if (state) await failures.delete(key);
    return result;
  };

  return {
    run: async (account, address, attempt) => {
      if (!options.enabled) return attempt();
      const key = hash('sha256', `${account}\0${address}`, 'base64url');
      const turn = (running.get(key) ?? Promise.resolve()).then(() => attemptOnce(key, attempt));
      const settled = turn.catch(() => undefined);
      running.set(key, settled);
      try {
        return await turn;
      } finally {
        if (running.get(key) === settled) running.delete(key);
      }
    },
  };
};
