import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Express } from 'express';
import supertest from 'supertest';
import { type Config, readConfig } from '../../src/config/index.ts';
import { createMemoryCache } from '../../src/data/cache/memory-cache.ts';
import { openAudioQueue } from '../../src/data/jobs/open-audio-queue.ts';
import { createMemoryBus } from '../../src/data/memory-bus.ts';
import { createLoginAttempts } from '../../src/features/auth/login-attempts.ts';
import { createRevocations } from '../../src/features/auth/revocations.ts';
import { createAccessTokens } from '../../src/features/auth/tokens.ts';
import { createGenreRecommender } from '../../src/features/feed/genre-recommender.ts';
import { createApp } from '../../src/http/app.ts';
import type { HttpContext } from '../../src/http/context.ts';
import { createRateLimiter } from '../../src/http/middleware/rate-limiter.ts';
import { routes } from '../../src/http/routes/index.ts';
import { openStorage } from '../../src/integrations/storage/open-storage.ts';
import { PASSWORD } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { temporaryFolder } from './servers.ts';

/** The application inside the test's own process, on a database of its own, with the embedded cache and bus. */
export interface TestApp {
  app: Express;
  ctx: HttpContext;
  database: TestDatabase;
  /** Moves the clock that the application reads. */
  advance(milliseconds: number): void;
  http: ReturnType<typeof supertest>;
  register(username: string): Promise<TestUser>;
  close(): Promise<void>;
}

export interface TestUser {
  id: string;
  username: string;
  email: string;
  token: string;
  refreshToken: string;
  /** For supertest: `.set(user.auth)`. */
  auth: { authorization: string };
}

/** @param env variables that differ from the defaults; rate limits are off unless asked for. */
export const startTestApp = async (env: Record<string, string> = {}): Promise<TestApp> => {
  const folder = temporaryFolder('app');
  const config: Config = readConfig({ NODE_ENV: 'test', RATE_LIMIT_ENABLED: 'false', DATA_DIR: folder, ...env });
  const database = await createTestDatabase();
  const secrets = {
    signingKey: generateKeyPairSync('ed25519').privateKey,
    appSecret: 'only for tests, 32 characters long',
  };
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);
  const bus = createMemoryBus();
  const revocations = createRevocations({ db: database.db, bus, now });
  await revocations.start();
  const storage = await openStorage(config);
  const jobs = await openAudioQueue({ url: database.url, works: false, lease: 15, retryDelay: 0 });
  const ctx: HttpContext = {
    config,
    secrets,
    db: database.db,
    cache: createMemoryCache(),
    bus,
    tokens: createAccessTokens(secrets, now, revocations),
    loginAttempts: createLoginAttempts({ enabled: config.RATE_LIMIT_ENABLED }),
    recommender: createGenreRecommender(database.db),
    rateLimiter: createRateLimiter(undefined),
    storage,
    jobs,
    audioAvailable: true,
    now,
  };
  const app = createApp(ctx, routes);
  const http = supertest(app);
  return {
    app,
    ctx,
    database,
    http,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    register: async (username) => {
      const email = `${username}@example.com`;
      const response = await http
        .post('/api/v1/auth/register')
        .send({ email, username, password: PASSWORD, display_name: username })
        .expect(201);
      const { token, refresh_token: refreshToken, user } = response.body.auth;
      return { id: user.id, username, email, token, refreshToken, auth: { authorization: `Bearer ${token}` } };
    },
    close: async () => {
      revocations.stop();
      await jobs.close();
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
      await database.close();
    },
  };
};
