import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** An attempt at an upload. It may write as long as no later attempt has taken the lease over. */
export interface Lease {
  audioId: string;
  leaseId: string;
}

/** What an attempt begins with. */
export interface BegunAttempt {
  audioId: string;
  userId: string;
  sourceKey: string;
  format: string;
  filename: string;
  bytes: number;
  /** Attempts begun, this one included. */
  attempts: number;
  /** No attempt is left: all that were begun ended without a word. This one may only say so. */
  exhausted: boolean;
  /** The stage in which the attempt before was lost, if it was lost. */
  lostIn: string | null;
}

export interface AttemptFailure {
  stage: string | null;
  /** A word of a closed set. */
  reason: string;
  /** For whoever uploaded the file. */
  message: string;
}

const isHeld = ({ audioId, leaseId }: Lease): Prisma.Sql =>
  Prisma.sql`id = ${audioId}::uuid AND lease_id = ${leaseId}::uuid AND status = 'processing'`;

/**
 * Begins an attempt: counts it and takes the lease over, whoever had it.
 * @param maxAttempts how many there may be.
 * @returns undefined when nothing is to be done: it is complete, was given up, or is gone.
 */
export const beginAttempt = async (
  db: Queryable,
  { audioId, leaseId }: Lease,
  maxAttempts: number,
): Promise<BegunAttempt | undefined> => {
  const [row] = await db.$queryRaw<BegunAttempt[]>(Prisma.sql`
    WITH before AS MATERIALIZED (
      SELECT id, attempts, status, stage, lease_id FROM audio_uploads
      WHERE id = ${audioId}::uuid AND status IN ('pending', 'processing') FOR NO KEY UPDATE
    )
    UPDATE audio_uploads a SET lease_id = ${leaseId}::uuid, status = 'processing', stage = NULL, progress = 0,
      attempts = LEAST(before.attempts + 1, ${maxAttempts}::int), updated_at = now()
    FROM before WHERE a.id = before.id
    RETURNING a.id AS "audioId", a.user_id AS "userId", a.source_key AS "sourceKey", a.format, a.filename, a.bytes,
      a.attempts, before.attempts >= ${maxAttempts}::int AS exhausted,
      CASE WHEN before.lease_id IS NOT NULL THEN coalesce(before.stage, 'fetch') END AS "lostIn"`);
  return row;
};

/** Locks an upload until the transaction ends. @returns whether it is neither complete nor given up. */
export const lockUnfinished = async (db: Prisma.TransactionClient, audioId: string): Promise<boolean> => {
  const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
    SELECT 1 FROM audio_uploads
    WHERE id = ${audioId}::uuid AND status IN ('pending', 'processing') FOR NO KEY UPDATE`);
  return rows.length > 0;
};

/** Why an upload was given up. Undefined when it was not. */
export const findGivenUp = async (db: Queryable, audioId: string): Promise<AttemptFailure | undefined> => {
  const [row] = await db.$queryRaw<AttemptFailure[]>(Prisma.sql`
    SELECT stage, coalesce(failure, 'internal') AS reason, coalesce(error, '') AS message FROM audio_uploads
    WHERE id = ${audioId}::uuid AND status = 'failed'`);
  return row;
};

/** Leases that are held now, of those in `leaseIds`. */
export const findHeldLeases = async (db: Queryable, leaseIds: readonly string[]): Promise<Set<string>> => {
  const rows = await db.$queryRaw<{ leaseId: string }[]>(Prisma.sql`
    SELECT lease_id AS "leaseId" FROM audio_uploads
    WHERE status = 'processing' AND lease_id = ANY(${[...leaseIds]}::uuid[])`);
  return new Set(rows.map(({ leaseId }) => leaseId));
};

/** @returns whether the attempt has its lease still. */
export const saveProgress = async (db: Queryable, lease: Lease, stage: string, progress: number): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    UPDATE audio_uploads SET stage = ${stage}, progress = ${progress}::float8, updated_at = now()
    WHERE ${isHeld(lease)}`);
  return changed > 0;
};

/** Ends an attempt that is to be followed by another. @returns whether it had its lease still. */
export const failAttempt = async (db: Queryable, lease: Lease, failure: AttemptFailure): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    UPDATE audio_uploads SET status = 'pending', lease_id = NULL, stage = ${failure.stage},
      failure = ${failure.reason}, error = ${failure.message}, updated_at = now()
    WHERE ${isHeld(lease)}`);
  return changed > 0;
};

/** Ends an attempt that a shutdown interrupts, as if it had never begun. @returns whether it had its lease still. */
export const giveBackAttempt = async (db: Queryable, lease: Lease): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    UPDATE audio_uploads SET status = 'pending', lease_id = NULL, stage = NULL, progress = 0,
      attempts = greatest(attempts - 1, 0), updated_at = now()
    WHERE ${isHeld(lease)}`);
  return changed > 0;
};

/** Gives an upload up, and its posts with it. One transaction. @returns whether the attempt had its lease still. */
export const failForGood = async (
  db: Prisma.TransactionClient,
  lease: Lease,
  failure: AttemptFailure,
): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    UPDATE audio_uploads SET status = 'failed', lease_id = NULL, stage = ${failure.stage},
      failure = ${failure.reason}, error = ${failure.message}, updated_at = now()
    WHERE ${isHeld(lease)}`);
  if (changed > 0) await failPosts(db, lease.audioId);
  return changed > 0;
};

const failPosts = (db: Queryable, audioId: string): Promise<number> =>
  db.$executeRaw(Prisma.sql`
    UPDATE posts SET audio_status = 'failed'
    WHERE audio_id = ${audioId}::uuid AND audio_status = 'processing'`);

/** Lets an upload that was given up begin anew, and its posts wait again. @returns whether there is such an upload. */
export const reviveUpload = async (db: Prisma.TransactionClient, audioId: string): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    UPDATE audio_uploads SET status = 'pending', lease_id = NULL, stage = NULL, progress = 0, attempts = 0,
      failure = NULL, error = NULL, updated_at = now()
    WHERE id = ${audioId}::uuid AND status <> 'complete'`);
  if (changed > 0) {
    await db.$executeRaw(Prisma.sql`
      UPDATE posts SET audio_status = 'processing'
      WHERE audio_id = ${audioId}::uuid AND audio_status = 'failed'`);
  }
  return changed > 0;
};
