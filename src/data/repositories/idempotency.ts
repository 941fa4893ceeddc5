import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** A key that somebody sent, in the name of whom. */
export interface OwnedKey {
  scope: string;
  key: string;
}

export interface KeyRow {
  requestHash: Uint8Array;
  /** Null while the first request is still running. */
  status: number | null;
  response: Uint8Array | null;
}

/** All times are the database's, so that the clocks of several instances need not agree. */
const LIFETIME = Prisma.sql`interval '24 hours'`;
/** A request that has run for so long has died with its process: none is served for longer than its timeout. */
const PRESUMED_DEAD = Prisma.sql`interval '60 seconds'`;

/**
 * Takes a key for a request that is going to run: one that is new, expired, or left behind by a process that died
 * while it ran this very request.
 * @returns the moment of the claim, which proves it later; undefined when the key is somebody else's.
 */
export const claimKey = async (
  db: Queryable,
  { scope, key }: OwnedKey,
  requestHash: Uint8Array,
): Promise<Date | undefined> => {
  const [row] = await db.$queryRaw<{ claimedAt: Date }[]>(Prisma.sql`
    INSERT INTO idempotency_keys AS known (scope, key, request_hash, created_at, expires_at)
    VALUES (${scope}, ${key}, ${requestHash}, clock_timestamp(), clock_timestamp() + ${LIFETIME})
    ON CONFLICT (scope, key) DO UPDATE SET request_hash = excluded.request_hash, status = NULL, response = NULL,
      created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE known.expires_at <= now() OR (
      known.status IS NULL AND known.request_hash = excluded.request_hash AND known.created_at < now() - ${PRESUMED_DEAD}
    )
    RETURNING created_at AS "claimedAt"`);
  return row?.claimedAt;
};

export const findKey = async (db: Queryable, { scope, key }: OwnedKey): Promise<KeyRow | undefined> => {
  const [row] = await db.$queryRaw<KeyRow[]>(Prisma.sql`
    SELECT request_hash AS "requestHash", status, response
    FROM idempotency_keys WHERE scope = ${scope} AND key = ${key}`);
  return row;
};

/** Stores the answer under a key, if the claim still holds, and throws expired keys away, a hundred at a time. */
export const completeKey = async (
  db: Queryable,
  { scope, key }: OwnedKey,
  claimedAt: Date,
  answer: { status: number; response: Uint8Array },
): Promise<void> => {
  await db.$executeRaw(Prisma.sql`
    WITH swept AS (
      DELETE FROM idempotency_keys old USING (
        SELECT scope, key FROM idempotency_keys WHERE expires_at < now() - interval '1 minute'
        ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
      ) expired
      WHERE old.scope = expired.scope AND old.key = expired.key
    )
    UPDATE idempotency_keys SET status = ${answer.status}::int, response = ${answer.response}
    WHERE scope = ${scope} AND key = ${key} AND created_at = ${claimedAt}::timestamptz AND status IS NULL`);
};

/** Gives a key up, if the claim still holds: the next request with it runs. */
export const releaseKey = async (db: Queryable, { scope, key }: OwnedKey, claimedAt: Date): Promise<void> => {
  await db.$executeRaw(Prisma.sql`
    DELETE FROM idempotency_keys
    WHERE scope = ${scope} AND key = ${key} AND created_at = ${claimedAt}::timestamptz AND status IS NULL`);
};
