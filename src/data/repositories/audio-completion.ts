import { Prisma } from '../prisma/client.ts';
import type { Lease } from './audio-jobs.ts';

/** What an attempt has made. */
export interface Completion {
  /** `AudioResult` of src/features/audio. */
  result: object;
  /** Pairs of smallest and largest sample, signed bytes. */
  peaks: Uint8Array;
  /** Terms of the fingerprint. */
  fingerprint: readonly number[];
  /** Seconds. */
  duration: number;
  /** What was found, for where the author said nothing. */
  bpm: number | undefined;
  key: string | undefined;
}

export interface PublishedPost {
  id: string;
  /** Whether it is in the public listings now. */
  listed: boolean;
}

export interface Published {
  userId: string;
  posts: PublishedPost[];
}

/**
 * Completes an upload and publishes the posts that waited for it: from now on they are as if just posted. Runs in a
 * transaction, its rows locked in the order upload, author, posts, which is that of whoever posts an upload: a post is
 * published here or sees that its upload is complete, never neither.
 *
 * May be called again by an attempt that was not told whether its transaction went through.
 * @returns undefined when another attempt has the lease or has completed it: then nothing was changed.
 */
export const completeUpload = async (
  db: Prisma.TransactionClient,
  lease: Lease,
  completion: Completion,
): Promise<Published | undefined> => {
  const { result, peaks, fingerprint, duration, bpm, key } = completion;
  const [upload] = await db.$queryRaw<{ userId: string }[]>(Prisma.sql`
    UPDATE audio_uploads SET status = 'complete', stage = 'publish', progress = 1, failure = NULL, error = NULL,
      result = ${JSON.stringify(result)}::jsonb, peaks = ${Buffer.from(peaks)},
      fingerprint = ${[...fingerprint]}::int[], updated_at = now(), completed_at = now()
    WHERE id = ${lease.audioId}::uuid AND lease_id = ${lease.leaseId}::uuid AND status = 'processing'
    RETURNING user_id AS "userId"`);
  if (!upload) return await findOwnCompletion(db, lease);
  const posts = await db.$queryRaw<PublishedPost[]>(Prisma.sql`
    WITH author AS MATERIALIZED (
      SELECT id, is_private FROM users WHERE id = ${upload.userId}::uuid FOR NO KEY UPDATE
    ), published AS (
      UPDATE posts p SET audio_status = 'ready', seq = nextval(pg_get_serial_sequence('posts', 'seq')),
        created_at = now(), duration = ${duration}::float8, bpm = coalesce(p.bpm, ${bpm ?? null}::float8),
        key = coalesce(p.key, ${key ?? null}),
        listed = p.visibility = 'public' AND NOT author.is_private AND p.archived_at IS NULL
      FROM author
      WHERE p.audio_id = ${lease.audioId}::uuid AND p.user_id = author.id AND p.audio_status = 'processing'
        AND p.deleted_at IS NULL
      RETURNING p.id, p.listed
    ), counted AS (
      UPDATE users SET post_count = post_count + (SELECT count(*)::int FROM published)
      WHERE id = (SELECT id FROM author)
    )
    SELECT id, listed FROM published`);
  return { userId: upload.userId, posts };
};

/** A complete upload keeps the lease of the attempt that completed it, so that this one can be told that it did. */
const findOwnCompletion = async (db: Prisma.TransactionClient, lease: Lease): Promise<Published | undefined> => {
  const [upload] = await db.$queryRaw<{ userId: string }[]>(Prisma.sql`
    SELECT user_id AS "userId" FROM audio_uploads
    WHERE id = ${lease.audioId}::uuid AND lease_id = ${lease.leaseId}::uuid AND status = 'complete'`);
  if (!upload) return undefined;
  const posts = await db.$queryRaw<PublishedPost[]>(Prisma.sql`
    SELECT id, listed FROM posts WHERE audio_id = ${lease.audioId}::uuid AND audio_status = 'ready'`);
  return { userId: upload.userId, posts };
};
