import type { PgBoss, QueueOptions } from 'pg-boss';

export const AUDIO = 'audio';
/** Where the jobs lie that were given up, each with its last error, until an operator tries them again. */
export const AUDIO_DEAD = 'audio-dead';
/** The schema of pg-boss's own tables. */
export const SCHEMA = 'pgboss';

const DAY = 24 * 3600;

export interface QueueTiming {
  /** Seconds before the second attempt, the shortest: with every further one it doubles, and chance adds up to as much again. */
  retryDelay: number;
  /** Seconds of silence after which a worker counts as lost. */
  lease: number;
}

const audioOptions = ({ retryDelay, lease }: QueueTiming): QueueOptions & { deadLetter: string; notify: boolean } => ({
  deadLetter: AUDIO_DEAD,
  notify: true,
  // A backstop. Attempts are counted in the upload's row, where one that a shutdown ended does not count.
  retryLimit: 100,
  retryDelay: Math.round(retryDelay),
  ...(retryDelay >= 0.5 ? { retryBackoff: true, retryDelayMax: 600 } : { retryBackoff: false }),
  // The least that pg-boss takes is 10; a shorter lease is watched over by ourselves.
  heartbeatSeconds: Math.max(10, Math.ceil(lease)),
  // A backstop too: stages have limits of their own, and a worker that is gone is known by its silence.
  expireInSeconds: 6 * 3600,
  retentionSeconds: 365 * DAY,
  // What became of an upload stands in its row: the job is kept for whoever looks at the queue right after.
  deleteAfterSeconds: 3600,
});

const DEAD_OPTIONS: QueueOptions = { retentionSeconds: 10 * 365 * DAY };

/**
 * Makes the queues where there are none. Several processes may do so at once.
 * @param works whether this process works on them: then they get its timing.
 */
export const openQueues = async (boss: PgBoss, timing: QueueTiming, works: boolean): Promise<void> => {
  const existing = new Map((await boss.getQueues([AUDIO, AUDIO_DEAD])).map((queue) => [queue.name, queue]));
  // A dead letter queue has to be there before the queue that names it.
  if (!existing.has(AUDIO_DEAD)) await boss.createQueue(AUDIO_DEAD, DEAD_OPTIONS);
  const wanted = audioOptions(timing);
  const found = existing.get(AUDIO);
  if (found === undefined) await boss.createQueue(AUDIO, wanted);
  const differs = (Object.keys(wanted) as (keyof typeof wanted)[]).some((name) => found?.[name] !== wanted[name]);
  if (found !== undefined && works && differs) await boss.updateQueue(AUDIO, wanted);
};
