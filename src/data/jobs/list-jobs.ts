import type { Queryable } from '../database.ts';
import type { AudioJob } from '../jobs.ts';
import { Prisma } from '../prisma/client.ts';
import { AUDIO, AUDIO_DEAD, SCHEMA } from './queues.ts';

/** A job as operators see it. */
export interface ListedJob {
  /** Of the upload and of its job. Of one whose upload is gone, the job's own. */
  jobId: string;
  /** Of the dead letter, where it is one. */
  deadLetterId: string | null;
  data: AudioJob;
  state: 'waiting' | 'delayed' | 'active' | 'dead';
  createdAt: Date;
  /** All below are null when the upload is gone. */
  audioId: string | null;
  filename: string | null;
  attempts: number | null;
  stage: string | null;
  reason: string | null;
  error: string | null;
  /** ffmpeg's last. */
  words: string | null;
}

/** Jobs that are not done, the oldest first. @param dead only those that were given up. */
export const listJobs = (db: Queryable, { dead }: { dead: boolean }): Promise<ListedJob[]> =>
  db.$queryRaw<ListedJob[]>(Prisma.sql`
    SELECT coalesce(a.job_id, j.source_id, j.id) AS "jobId",
      CASE WHEN j.name = ${AUDIO_DEAD} THEN j.id END AS "deadLetterId", j.data,
      CASE WHEN j.name = ${AUDIO_DEAD} THEN 'dead' WHEN j.state = 'active' THEN 'active'
        WHEN j.start_after > now() THEN 'delayed' ELSE 'waiting' END AS state,
      coalesce(j.source_created_on, j.created_on) AS "createdAt", a.id AS "audioId", a.filename, a.attempts,
      coalesce(o.error->>'stage', a.stage) AS stage, coalesce(o.error->>'reason', a.failure) AS reason,
      coalesce(o.error->>'message', a.error) AS error, o.error->>'words' AS words
    FROM ${Prisma.raw(SCHEMA)}.job j
      LEFT JOIN audio_uploads a ON a.id = (j.data->>'audioId')::uuid
      CROSS JOIN LATERAL (SELECT coalesce(j.source_output, j.output) AS error) o
    WHERE j.name IN (${AUDIO}, ${AUDIO_DEAD}) AND j.state < 'completed'
      AND (${!dead}::boolean OR j.name = ${AUDIO_DEAD})
    ORDER BY "createdAt", j.id`);
