import { Redis, type RedisOptions } from 'ioredis';
import { log } from '../telemetry/log.ts';

/** Milliseconds that a command may take. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 3000;
/** A connection on which nothing came back for so long is given up: the other end may be gone without a word. */
const SILENCE_MS = 5000;
const LONGEST_PAUSE_MS = 2000;
const LOG_EVERY_MS = 60_000;

/**
 * A connection to Redis that is never waited for: this returns at once, commands fail at once while the server is
 * away and after 250 ms when it is silent, and the connection is tried again for ever. The log says so once a minute.
 */
export const createRedis = (
  url: string,
  options: Pick<RedisOptions, 'autoResubscribe' | 'commandTimeout'> = {},
): Redis => {
  const redis = new Redis(url, {
    connectionName: 'sidechain',
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    // What was under way when the connection broke fails then; its sender has its own way of going on.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt - 1, 10), LONGEST_PAUSE_MS) + Math.random() * 100,
    // After a failover the old address leads to a replica.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...options,
  });
  watch(redis);
  return redis;
};

/** When it was last said of which server that it is away. */
const loggedAt = new Map<string, number>();

const watch = (redis: Redis): void => {
  const { host, port } = redis.options;
  const server = `${host}:${port}`;
  let away = false;
  redis.on('error', (error: Error) => {
    // There are several connections to one server, and one line says it.
    if (Date.now() - (loggedAt.get(server) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
    loggedAt.set(server, Date.now());
    log.warn('redis is away, going on without', { server, reason: error.message });
  });
  redis.on('close', () => {
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('redis is back', { server });
    away = false;
    loggedAt.delete(server);
  });
};

/** Whether a command that is sent now has a chance. */
export const isReachable = (redis: Redis): boolean => redis.status === 'ready';

/** Waits for a connection, at most for `timeoutMs`. @returns whether there is one. */
export const untilReachable = (redis: Redis, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (isReachable(redis)) return resolve(true);
    const finish = (): void => {
      clearTimeout(timer);
      redis.off('ready', finish);
      resolve(isReachable(redis));
    };
    const timer = setTimeout(finish, timeoutMs);
    redis.once('ready', finish);
  });

/** Ends a connection, politely where there is one. */
export const closeRedis = async (redis: Redis): Promise<void> => {
  if (isReachable(redis)) await redis.quit().catch(() => undefined);
  redis.disconnect();
};
