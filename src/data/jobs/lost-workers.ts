import type { Job, PgBoss } from 'pg-boss';
import { log } from '../../telemetry/log.ts';
import type { JobError } from '../jobs.ts';
import { AUDIO, SCHEMA } from './queues.ts';

const SILENT = `
  SELECT id, retry_count AS "retryCount" FROM ${SCHEMA}.job
  WHERE name = '${AUDIO}' AND state = 'active' AND heartbeat_on < now() - make_interval(secs => $1::float8)`;

const LOST: JobError = { stage: null, reason: 'worker_lost', message: 'the worker that had it fell silent' };

/**
 * Gives the jobs of workers that have been silent for longer than `lease` seconds back to the queue, every third of a
 * lease. pg-boss does the same, but once a minute together with all its other chores, and for leases of 10 s or more.
 * @returns what stops it.
 */
export const watchForLostWorkers = (boss: PgBoss, lease: number): (() => void) => {
  const look = async (): Promise<void> => {
    try {
      const { rows } = await boss.getDb().executeSql(SILENT, [lease]);
      const attempts = rows as Pick<Job, 'id' | 'retryCount'>[];
      if (attempts.length === 0) return;
      // By attempt: one that has been taken again meanwhile is left alone.
      await boss.fail(AUDIO, attempts, LOST);
      log.warn('jobs of lost workers went back to the queue', { jobs: attempts.map(({ id }) => id) });
    } catch {
      // The database is away; the queue tells of that, and the next look comes soon.
    }
  };
  const timer = setInterval(() => void look(), (lease * 1000) / 3).unref();
  return () => clearInterval(timer);
};
