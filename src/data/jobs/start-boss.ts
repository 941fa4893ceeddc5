import { PgBoss } from 'pg-boss';
import { log } from '../../telemetry/log.ts';
import { onceAMinute } from '../../telemetry/once-a-minute.ts';
import { SCHEMA } from './queues.ts';

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
  const quietly = onceAMinute((error: unknown) => log.warn('the job queue is in trouble', { error }));
  boss.on('error', quietly);
  boss.on(
    'warning',
    onceAMinute((warning: unknown) => log.warn('the job queue warns', { warning })),
  );
  try {
    return await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false }).catch(quietly);
    throw error;
  }
};
