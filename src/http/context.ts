import type { Config } from '../config/index.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Bus } from '../data/bus.ts';
import type { Cache } from '../data/cache/cache.ts';
import type { Database } from '../data/database.ts';
import type { AudioQueue } from '../data/jobs.ts';
import type { LoginAttempts } from '../features/auth/login-attempts.ts';
import type { AccessTokens } from '../features/auth/tokens.ts';
import type { Recommender } from '../features/feed/recommender.ts';
import type { ObjectStorage } from '../integrations/storage/storage.ts';
import type { RateLimiter } from './middleware/rate-limiter.ts';

/** What a running api has. Features declare the narrow slice that they use; this satisfies all of them. */
export interface HttpContext {
  config: Config;
  secrets: Secrets;
  db: Database;
  cache: Cache;
  bus: Bus;
  tokens: AccessTokens;
  loginAttempts: LoginAttempts;
  recommender: Recommender;
  rateLimiter: RateLimiter;
  storage: ObjectStorage;
  jobs: AudioQueue;
  /** Whether uploads can be processed: ffmpeg was found, or looking for it is the business of a worker elsewhere. */
  audioAvailable: boolean;
  /** The moment, from one place, so that tests can move it. */
  now: () => Date;
}
