import { PgBoss } from 'pg-boss';
import { log } from '../../telemetry/log.ts';
import { SCHEMA } from './queues.ts';

const LOG_EVERY_MS = 60_000;

/**
 * Starts pg-boss on a small pool of its own, with its tables made or migrated: an advisory lock lets one process do that
 * at a time. It lives through times without a database, and says so at most once a minute.
 * @param works whether this process takes jobs: only then it listens for them and tidies the tables up.
 */
export const startBoss = async (url: string, works: boolean): Promise<PgBoss> => {
  const boss = new PgBoss({
    connectionString: url,
    schema: SCHEMA,
    application_name: 'sidechain-jobs',
    max: works ? 3 : 2,
    connectionTimeoutMillis: 3000,
    useListenNotify: works,
    supervise: works,
    // There is nothing that recurs by the clock.
    schedule: false,
  });
  const quietly = limited((error) => log.warn('the job queue is in trouble', { error }));
  boss.on('error', quietly);
  boss.on(
    'warning',
    limited((warning) => log.warn('the job queue warns', { warning })),
  );
  try {
    return await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false }).catch(quietly);
    throw error;
  }
};

/** Tells at most once a minute: a pool without a database fails several times a second. */
const limited = (tell: (what: unknown) => void): ((what: unknown) => void) => {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (performance.now() - toldAt < LOG_EVERY_MS) return;
    toldAt = performance.now();
    tell(what);
  };
};
