import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { AUDIO, SCHEMA } from './queues.ts';

/** An upload that waits for a job which is not there. */
export interface JoblessUpload {
  audioId: string;
  jobId: string;
  userId: string;
}

/** Longer than any stage goes on without a word, should somebody work on it all the same. */
const QUIET = Prisma.sql`interval '5 minutes'`;
const BATCH = 100;

/**
 * Uploads that are neither complete nor given up and have no job that would change that: the queue was emptied or put
 * back to an earlier state. The oldest first, some at a time.
 */
export const listJoblessUploads = (db: Queryable): Promise<JoblessUpload[]> =>
  db.$queryRaw<JoblessUpload[]>(Prisma.sql`
    SELECT a.id AS "audioId", a.job_id AS "jobId", a.user_id AS "userId" FROM audio_uploads a
    WHERE a.status IN ('pending', 'processing') AND a.updated_at < now() - ${QUIET} AND NOT EXISTS (
      SELECT 1 FROM ${Prisma.raw(SCHEMA)}.job j WHERE j.name = ${AUDIO} AND j.id = a.job_id AND j.state < 'completed'
    )
    ORDER BY a.created_at LIMIT ${BATCH}::int`);
