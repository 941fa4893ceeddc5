import { loadSecrets } from '../config/load-secrets.ts';
import { createLoginAttempts } from '../features/auth/login-attempts.ts';
import { createRevocations } from '../features/auth/revocations.ts';
import { createAccessTokens } from '../features/auth/tokens.ts';
import { createGenreRecommender } from '../features/feed/genre-recommender.ts';
import { TrendingRefresher } from '../features/feed/trending-refresher.ts';
import { createApp } from '../http/app.ts';
import type { HttpContext } from '../http/context.ts';
import { createRateLimiter } from '../http/middleware/rate-limiter.ts';
import { routes } from '../http/routes/index.ts';
import { startHttpServer } from '../http/server.ts';
import { Closers } from './closers.ts';
import type { Role, RoleOptions } from './role.ts';

/** The HTTP API. */
export const startApi = async ({ config, stores }: RoleOptions): Promise<Role> => {
  const secrets = loadSecrets(config);
  const closers = new Closers();
  try {
    const now = (): Date => new Date();
    const { db } = stores.pool;
    const revocations = createRevocations({ db, bus: stores.bus, now });
    await revocations.start();
    closers.add(() => revocations.stop());

    const trending = new TrendingRefresher(db, now);
    await trending.start();
    closers.add(() => trending.stop());

    const context: HttpContext = {
      config,
      secrets,
      db,
      cache: stores.cache,
      bus: stores.bus,
      tokens: createAccessTokens(secrets, now, revocations),
      loginAttempts: createLoginAttempts({ enabled: config.RATE_LIMIT_ENABLED }),
      recommender: createGenreRecommender(db),
      rateLimiter: createRateLimiter(stores.redis),
      storage: stores.storage,
      jobs: stores.jobs,
      audioAvailable: stores.ffmpeg !== undefined || !config.ROLES.includes('audio-worker'),
      now,
    };
    const server = await startHttpServer(createApp(context, routes), config.HOST, config.PORT);
    closers.add(() => server.close(config.SHUTDOWN_TIMEOUT));
    return {
      url: `http://${config.HOST}:${server.port}`,
      stop: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
};
