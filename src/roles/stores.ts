import { resolve } from 'node:path';
import type { Config } from '../config/index.ts';
import type { Bus } from '../data/bus.ts';
import type { Cache } from '../data/cache/cache.ts';
import { createMemoryCache } from '../data/cache/memory-cache.ts';
import { createRedisCache } from '../data/cache/redis-cache.ts';
import { createDatabase, type DatabasePool } from '../data/create-database.ts';
import { openAudioQueue } from '../data/jobs/open-audio-queue.ts';
import type { OpenAudioQueue } from '../data/jobs.ts';
import { createMemoryBus } from '../data/memory-bus.ts';
import { migrate } from '../data/migrate.ts';
import { createRedis } from '../data/redis.ts';
import { createRedisBus } from '../data/redis-bus.ts';
import { seedDevelopmentWorld } from '../data/seed/development.ts';
import { waitForDatabase } from '../data/wait.ts';
import type { Ffmpeg } from '../integrations/ffmpeg/ffmpeg.ts';
import { openFfmpeg } from '../integrations/ffmpeg/open-ffmpeg.ts';
import { startEmbeddedPostgres } from '../integrations/postgres/embedded.ts';
import { openStorage } from '../integrations/storage/open-storage.ts';
import type { ObjectStorage } from '../integrations/storage/storage.ts';
import { log } from '../telemetry/log.ts';
import { watchAudioQueue } from '../telemetry/metrics/audio.ts';
import { watchPool } from '../telemetry/metrics/pool.ts';
import { Closers } from './closers.ts';

/** What a role keeps its data in: servers of one's own, or what is embedded. */
export interface Stores {
  pool: DatabasePool;
  cache: Cache;
  bus: Bus;
  /** The connection that rate limits are shared over, where there is a Redis. */
  redis: ReturnType<typeof createRedis> | undefined;
  /** Where audio lies. */
  storage: ObjectStorage;
  jobs: OpenAudioQueue;
  /** Undefined where there is none, or no role of this process would use it. */
  ffmpeg: Ffmpeg | undefined;
  close(): Promise<void>;
}

/** Opens everything, migrated and, in development, seeded. What was opened is closed again when a later step fails. */
export const openStores = async (config: Config): Promise<Stores> => {
  const closers = new Closers();
  // Asking the programs takes a third of a second, which the database needs too.
  const looking = config.ROLES.includes('audio-worker') ? openFfmpeg(config) : Promise.resolve(undefined);
  looking.catch(() => {});
  try {
    const url = await openPostgres(config, closers);
    await migrate(url, { log });
    if (config.NODE_ENV === 'development' && (await seedDevelopmentWorld(url))) log.info('a small world was seeded');

    const pool = createDatabase({ url, poolSize: config.DATABASE_POOL_SIZE, statementTimeout: config.REQUEST_TIMEOUT });
    closers.add(() => pool.close());
    watchPool(pool.poolState);
    return {
      pool,
      ...openCache(config, closers),
      ...(await openAudio(config, url, closers)),
      ffmpeg: await looking,
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
};

const openPostgres = async (config: Config, closers: Closers): Promise<string> => {
  if (config.DATABASE_URL !== undefined) {
    await waitForDatabase(config.DATABASE_URL, { seconds: config.DATABASE_WAIT_SECONDS, log });
    return config.DATABASE_URL;
  }
  if (config.NODE_ENV === 'production')
    throw new Error('DATABASE_URL: has to be given in production; the embedded PostgreSQL is for development');
  const server = await startEmbeddedPostgres({ dataDir: resolve(config.DATA_DIR), log });
  closers.add(() => server.stop());
  return server.url;
};

const openCache = (config: Config, closers: Closers): Pick<Stores, 'cache' | 'bus' | 'redis'> => {
  if (config.REDIS_URL === undefined) return { cache: createMemoryCache(), bus: createMemoryBus(), redis: undefined };
  const redis = createRedis(config.REDIS_URL);
  const bus = createRedisBus(config.REDIS_URL);
  const cache = createRedisCache(redis);
  closers.add(
    () => cache.close(),
    () => bus.close(),
  );
  return { cache, bus, redis };
};

const openAudio = async (config: Config, url: string, closers: Closers): Promise<Pick<Stores, 'storage' | 'jobs'>> => {
  const works = config.ROLES.includes('audio-worker');
  const storage = await openStorage(config);
  closers.add(() => storage.close());
  const jobs = await openAudioQueue({
    url,
    works,
    lease: config.AUDIO_LEASE / 1000,
    retryDelay: config.AUDIO_RETRY_DELAY / 1000,
  });
  closers.add(() => jobs.close());
  watchAudioQueue(() => jobs.state());
  return { storage, jobs };
};
