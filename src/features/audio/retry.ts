import type { Database } from '../../data/database.ts';
import type { ListedJob } from '../../data/jobs/list-jobs.ts';
import type { OpenAudioQueue } from '../../data/jobs.ts';
import { reviveUpload } from '../../data/repositories/audio-jobs.ts';

/**
 * Tries a dead letter again: its attempts begin anew, its upload and posts wait again, and the dead letter is gone. All
 * of it or nothing.
 * @returns `gone` when there is nothing to be tried: the upload was deleted, or complete by other means.
 */
export const retryDeadLetter = (
  { db, jobs }: { db: Database; jobs: OpenAudioQueue },
  { deadLetterId, jobId, data }: ListedJob & { deadLetterId: string },
): Promise<'retried' | 'gone'> =>
  db.$transaction(async (transaction) => {
    const revived = await reviveUpload(transaction, data.audioId);
    const taken = await jobs.requeue(transaction, deadLetterId, jobId, revived ? data : undefined);
    if (!taken) throw new Error(`dead letter ${deadLetterId} was taken away by somebody else`);
    return revived ? 'retried' : 'gone';
  });

/** Throws a dead letter away. Its upload stays as it is, failed, with its reason. */
export const discardDeadLetter = (
  { db, jobs }: { db: Database; jobs: OpenAudioQueue },
  { deadLetterId, jobId }: ListedJob & { deadLetterId: string },
): Promise<'discarded'> =>
  db.$transaction(async (transaction) => {
    await jobs.requeue(transaction, deadLetterId, jobId, undefined);
    return 'discarded' as const;
  });
