import type { Database } from '../../data/database.ts';
import { listJoblessUploads } from '../../data/jobs/lost-jobs.ts';
import type { OpenAudioQueue } from '../../data/jobs.ts';
import { lockUnfinished } from '../../data/repositories/audio-jobs.ts';
import { log } from '../../telemetry/log.ts';

/**
 * Gives uploads whose jobs were lost a new one: whoever empties the queue, or restores one of its backups, loses nobody's
 * upload. Their attempts go on being counted. Several workers may do so at once.
 * @returns how many there were.
 */
export const putBackLostUploads = async ({ db, jobs }: { db: Database; jobs: OpenAudioQueue }): Promise<number> => {
  const missing: string[] = [];
  for (const { audioId, jobId, userId } of await listJoblessUploads(db)) {
    const wasMissing = await db.$transaction(
      async (transaction) =>
        (await lockUnfinished(transaction, audioId)) && (await jobs.putBack(transaction, jobId, { audioId, userId })),
    );
    if (wasMissing) missing.push(jobId);
  }
  if (missing.length > 0) log.warn('uploads without a job went back to the queue', { jobs: missing });
  return missing.length;
};
