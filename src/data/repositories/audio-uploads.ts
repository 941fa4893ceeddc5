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

/** The upload of a job, with the first post that shows it and is not deleted. Undefined when there is none. */
export const findUploadByJob = async (
  db: Queryable,
  jobId: string,
): Promise<(Upload & { postId: string | null }) | undefined> => {
  const [row] = await db.$queryRaw<(Upload & { postId: string | null })[]>(Prisma.sql`
    SELECT ${UPLOAD}, (
      SELECT p.id FROM posts p WHERE p.audio_id = a.id AND p.deleted_at IS NULL ORDER BY p.id LIMIT 1
    ) AS "postId"
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

/** Whether there is an upload, whoever asks. */
export const uploadExists = async (db: Queryable, id: string): Promise<boolean> => {
  const rows = await db.$queryRaw<unknown[]>(Prisma.sql`SELECT 1 FROM audio_uploads a WHERE a.id = ${id}::uuid`);
  return rows.length > 0;
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

/** A file that was received and is to be processed. */
export interface NewUpload {
  id: string;
  jobId: string;
  filename: string;
  format: string;
  bytes: number;
  sha256: Buffer;
  sourceKey: string;
  bpm?: number | undefined;
  key?: string | undefined;
  durationBars?: number | undefined;
  daw?: string | undefined;
  genre: readonly string[];
}

/** @returns whether it was stored: it is not when the owner's account is gone. */
export const insertUpload = async (db: Queryable, userId: string, upload: NewUpload): Promise<boolean> => {
  const { id, jobId, filename, format, bytes, sha256, sourceKey, bpm, key, durationBars, daw, genre } = upload;
  const inserted = await db.$executeRaw(Prisma.sql`
    INSERT INTO audio_uploads (id, job_id, user_id, filename, format, bytes, sha256, source_key, bpm, key,
      duration_bars, daw, genre)
    SELECT ${id}::uuid, ${jobId}::uuid, u.id, ${filename}, ${format}, ${bytes}::int, ${sha256}, ${sourceKey},
      ${bpm ?? null}::float8, ${key ?? null}, ${durationBars ?? null}::int, ${daw ?? null}, ${[...genre]}::text[]
    FROM users u WHERE u.id = ${userId}::uuid`);
  return inserted > 0;
};

/**
 * One's own upload, locked until the transaction ends: whether it is complete stays as it is meanwhile, and a post that
 * is written in this transaction is seen by whoever completes it later.
 */
export const lockOwnUpload = async (
  db: Prisma.TransactionClient,
  id: string,
  userId: string,
): Promise<Upload | undefined> => {
  const [row] = await db.$queryRaw<Upload[]>(Prisma.sql`
    SELECT ${UPLOAD} FROM audio_uploads a WHERE a.id = ${id}::uuid AND a.user_id = ${userId}::uuid FOR SHARE`);
  return row;
};
