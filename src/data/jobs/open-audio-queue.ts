import { fromPrisma, type JobResult, type JobWithMetadata, type PgBoss, type WorkOptions } from 'pg-boss';
import type { Queryable } from '../database.ts';
import type { AudioJob, JobError, JobOutcome, OpenAudioQueue, TakenJob } from '../jobs.ts';
import { watchForLostWorkers } from './lost-workers.ts';
import { QueueStateWatch } from './queue-state.ts';
import { AUDIO, AUDIO_DEAD, openQueues, type QueueTiming } from './queues.ts';
import { startBoss } from './start-boss.ts';

export interface AudioQueueOptions extends QueueTiming {
  url: string;
  /** Whether this process takes jobs too. */
  works: boolean;
}

/** Opens the queue, which pg-boss keeps in the same PostgreSQL as everything else. */
export const openAudioQueue = async (options: AudioQueueOptions): Promise<OpenAudioQueue> => {
  const boss = await startBoss(options.url, options.works);
  try {
    await openQueues(boss, options, options.works);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  const watch = new QueueStateWatch(boss);
  return {
    ping: () => ping(boss),
    enqueue: async (transaction, jobId, job) => {
      await send(boss, transaction, jobId, job);
      watch.changed();
    },
    requeue: async (transaction, deadLetterId, jobId, job) => {
      const db = fromPrisma(transaction);
      if ((await boss.findJobs(AUDIO_DEAD, { id: deadLetterId, db })).length === 0) return false;
      await boss.deleteJob(AUDIO_DEAD, deadLetterId, { db });
      // What the job became after its last attempt is kept under its id for a while.
      await boss.deleteJob(AUDIO, jobId, { db });
      if (job !== undefined) await send(boss, transaction, jobId, job);
      watch.changed();
      return true;
    },
    putBack: async (transaction, jobId, job) => {
      const db = fromPrisma(transaction);
      const found = await boss.findJobs(AUDIO, { id: jobId, db });
      if (found.some(({ state }) => !ENDED.has(state))) return false;
      await boss.deleteJob(AUDIO, jobId, { db });
      const dead = await boss.findJobs(AUDIO_DEAD, { data: { audioId: job.audioId }, db });
      if (dead.length > 0)
        await boss.deleteJob(
          AUDIO_DEAD,
          dead.map(({ id }) => id),
          { db },
        );
      await send(boss, transaction, jobId, job);
      watch.changed();
      return true;
    },
    state: () => watch.state,
    work: (concurrency, handle) => work(boss, options, concurrency, handle, () => watch.changed()),
    close: async () => {
      watch.close();
      await boss.stop({ graceful: false });
    },
  };
};

/** What a job is when nobody will take it any more. */
const ENDED: ReadonlySet<JobWithMetadata['state']> = new Set(['completed', 'cancelled', 'failed']);

const ping = async (boss: PgBoss): Promise<void> => {
  if ((await boss.getQueue(AUDIO)) === null) throw new Error(`there is no queue ${AUDIO}`);
};

const send = async (boss: PgBoss, transaction: Queryable, jobId: string, job: AudioJob): Promise<void> => {
  const sent = await boss.send(AUDIO, job, { id: jobId, db: fromPrisma(transaction) });
  if (sent === null) throw new Error(`job ${jobId} is in the queue already`);
};

const work = async (
  boss: PgBoss,
  { lease, retryDelay }: QueueTiming,
  concurrency: number,
  handle: (job: TakenJob) => Promise<JobOutcome>,
  changed: () => void,
): Promise<{ stop(): Promise<void> }> => {
  const stopWatching = watchForLostWorkers(boss, lease);
  const pollEvery = Math.min(2, Math.max(0.5, retryDelay / 2));
  const how = {
    includeMetadata: true,
    perJobResults: true,
    localConcurrency: concurrency,
    // New jobs announce themselves; asking is for those whose delay is over, and for when announcing does not work.
    pollingIntervalSeconds: pollEvery,
    notifyPollingIntervalSeconds: pollEvery,
    heartbeatRefreshSeconds: lease / 4,
  } as const satisfies WorkOptions;
  const id = await boss.work<AudioJob, JobError, typeof how>(AUDIO, how, async (jobs) => {
    changed();
    const results = await Promise.all(jobs.map((job) => settle(job, handle)));
    changed();
    return results;
  });
  return {
    stop: async () => {
      await boss.offWork(AUDIO, { id, wait: true });
      stopWatching();
    },
  };
};

const settle = async (
  job: JobWithMetadata<AudioJob>,
  handle: (job: TakenJob) => Promise<JobOutcome>,
): Promise<JobResult> => {
  const { id, data, signal, startAfter, startedOn } = job;
  const outcome = await handle({ id, data, signal, availableSince: startAfter, takenAt: startedOn });
  if (outcome.status === 'done') return { id, status: 'completed' };
  return { id, status: outcome.status === 'dead' ? 'deadletter' : 'failed', output: outcome.error };
};
