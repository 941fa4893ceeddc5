import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { visibleTo } from './posts-visibility.ts';

export type UploadStatus = 'pending' | 'processing' | 'complete' | 'failed';

/** An upload with all but its peaks and its fingerprint. */
export interface Upload {
  id: string;
  jobId: string;
  userId: string;
  status: UploadStatus;
  stage: string | null;
  progress: number;
  attempts: number;
  failure: string | null;
  error: string | null;
  filename: string;
  format: string;
  bytes: number;
  sourceKey: string;
  bpm: number | null;
  key: string | null;
  durationBars: number | null;
  daw: string | null;
  genre: string[];
  /** `AudioResult` of src/features/audio, once complete. */
  result: unknown;
  createdAt: Date;
  updatedAt: Date;
  completedAt: Date | null;
}

const UPLOAD = Prisma.sql`a.id, a.job_id AS "jobId", a.user_id AS "userId", a.status::text AS status, a.stage, a.progress,
  a.attempts, a.failure, a.error, a.filename, a.format, a.bytes, a.source_key AS "sourceKey", a.bpm, a.key,
  a.duration_bars AS "durationBars", a.daw, a.genre, a.result, a.created_at AS "createdAt",
  a.updated_at AS "updatedAt", a.completed_at AS "completedAt"`;

/** The upload of a job, with the first post that shows it. Undefined when there is none. */
export const findUploadByJob = async (
  db: Queryable,
  jobId: string,
): Promise<(Upload & { postId: string | null }) | undefined> => {
  const [row] = await db.$queryRaw<(Upload & { postId: string | null })[]>(Prisma.sql`
    SELECT ${UPLOAD}, (SELECT p.id FROM posts p WHERE p.audio_id = a.id ORDER BY p.id LIMIT 1) AS "postId"
    FROM audio_uploads a WHERE a.job_id = ${jobId}::uuid`);
  return row;
};

/**
 * An upload as a viewer may have it: its owner always, others once a post that they may see shows it. Undefined when
 * there is none, or none for them.
 */
export const findVisibleUpload = async (
  db: Queryable,
  id: string,
  viewerId: string | undefined,
): Promise<Upload | undefined> => {
  const [row] = await db.$queryRaw<Upload[]>(Prisma.sql`
    SELECT ${UPLOAD} FROM audio_uploads a
    WHERE a.id = ${id}::uuid AND (${isVisible(viewerId)})`);
  return row;
};

/** The peaks of an upload, under the same condition. */
export const findVisiblePeaks = async (
  db: Queryable,
  id: string,
  viewerId: string | undefined,
): Promise<{ peaks: Uint8Array; result: unknown } | undefined> => {
  const [row] = await db.$queryRaw<{ peaks: Uint8Array; result: unknown }[]>(Prisma.sql`
    SELECT a.peaks, a.result FROM audio_uploads a
    WHERE a.id = ${id}::uuid AND a.peaks IS NOT NULL AND (${isVisible(viewerId)})`);
  return row;
};

const isVisible = (viewerId: string | undefined): Prisma.Sql => Prisma.sql`
  ${viewerId === undefined ? Prisma.sql`false` : Prisma.sql`a.user_id = ${viewerId}::uuid`}
  OR EXISTS (SELECT 1 FROM posts p WHERE p.audio_id = a.id AND ${visibleTo(viewerId)})`;
