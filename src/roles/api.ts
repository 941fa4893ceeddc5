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
import { startAdminServer } from '../telemetry/admin-server.ts';
import { loggingStats } from '../telemetry/log.ts';
import { watchRuntime } from '../telemetry/metrics/runtime.ts';
import { watchLogLinesLost } from '../telemetry/metrics/self.ts';
import { Closers } from './closers.ts';
import type { Role, RoleOptions } from './role.ts';
import { openStores } from './stores.ts';

/** The HTTP API. */
export const startApi = async ({ config, telemetry }: RoleOptions): Promise<Role> => {
  const secrets = loadSecrets(config);
  const stores = await openStores(config);
  const closers = new Closers();
  closers.add(() => stores.close());
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
      now,
    };
    watchRuntime();
    watchLogLinesLost(() => loggingStats().stdout.lost + loggingStats().file.lost);
    const admin = await startAdminServer({
      host: config.METRICS_HOST,
      port: config.METRICS_PORT,
      recentTraces: telemetry?.recentTraces,
    });
    closers.add(() => admin.close());
    const server = await startHttpServer(createApp(context, routes), config.HOST, config.PORT);
    closers.add(() => server.close(config.SHUTDOWN_TIMEOUT));
    return {
      url: `http://${config.HOST}:${server.port}`,
      metricsUrl: `http://${config.METRICS_HOST}:${admin.port}`,
      stop: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
};
