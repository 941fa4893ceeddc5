import { v7 } from 'uuid';
import type { Database, Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { type AccountRow, accountColumns, type NewSession } from './users.ts';

/** How long a revoked session is remembered: as long as its access tokens live (15 min) and a minute for clocks that differ. */
export const REVOCATION_WINDOW_MS = 16 * 60_000;

export const newSessionId = (): string => v7();

/** Begins a session, and forgets those of the user that expired. */
export const insertSession = async (db: Queryable, userId: string, session: NewSession): Promise<void> => {
  await db.$executeRaw(Prisma.sql`
    WITH begun AS (
      INSERT INTO sessions (id, user_id, expires_at) VALUES (${session.id}::uuid, ${userId}::uuid, ${session.expiresAt})
    ), forgotten AS (
      DELETE FROM sessions WHERE user_id = ${userId}::uuid AND expires_at < now() - interval '1 hour'
    )
    INSERT INTO refresh_tokens (hash, session_id) VALUES (${session.tokenHash}, ${session.id}::uuid)`);
};

/**
 * Spends a refresh token and stores its successor, in one statement: of two who come with the same token, the second
 * waits for the first one's row lock and then finds it spent.
 * @returns the account and the session, or undefined where the token is unknown, spent, expired or of a session that ended.
 */
export const rotateRefreshToken = async (
  db: Queryable,
  spent: Uint8Array<ArrayBuffer>,
  successor: Uint8Array<ArrayBuffer>,
  now: Date,
  expiresAt: Date,
): Promise<{ sessionId: string; account: AccountRow } | undefined> => {
  const [row] = await db.$queryRaw<(AccountRow & { sessionId: string })[]>(Prisma.sql`
    WITH spent AS (
      UPDATE refresh_tokens t SET spent_at = now()
      FROM sessions s
      WHERE t.hash = ${spent} AND t.spent_at IS NULL
        AND s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > ${now}
      RETURNING t.session_id, s.user_id
    ), successor AS (
      INSERT INTO refresh_tokens (hash, session_id) SELECT ${successor}, session_id FROM spent
    ), prolonged AS (
      UPDATE sessions SET expires_at = ${expiresAt} WHERE id = (SELECT session_id FROM spent)
    ), forgotten AS (
      DELETE FROM refresh_tokens
      WHERE session_id = (SELECT session_id FROM spent) AND spent_at < now() - interval '7 days'
    )
    SELECT ${accountColumns}, spent.session_id AS "sessionId" FROM spent JOIN users u ON u.id = spent.user_id`);
  if (!row) return undefined;
  const { sessionId, ...account } = row;
  return { sessionId, account };
};

/** Which session a refresh token belongs to, and whether it was used already. */
export const findRefreshToken = async (
  db: Queryable,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<{ sessionId: string; isSpent: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ sessionId: string; isSpent: boolean }[]>(Prisma.sql`
    SELECT session_id AS "sessionId", spent_at IS NOT NULL AS "isSpent" FROM refresh_tokens WHERE hash = ${tokenHash}`);
  return row;
};

/** @returns false when the session had ended before. */
export const revokeSession = async (db: Queryable, sessionId: string): Promise<boolean> => {
  const changed = await db.$executeRaw(
    Prisma.sql`UPDATE sessions SET revoked_at = now() WHERE id = ${sessionId}::uuid AND revoked_at IS NULL`,
  );
  return changed > 0;
};

/** Sessions revoked so recently that their access tokens may be valid still, by the database's clock. */
export const listRevokedSessions = (db: Database): Promise<{ id: string; remainingMs: number }[]> =>
  db.$queryRaw(Prisma.sql`
    SELECT id, (extract(epoch FROM revoked_at - now()) * 1000)::float8 + ${REVOCATION_WINDOW_MS} AS "remainingMs"
    FROM sessions WHERE revoked_at > now() - make_interval(secs => ${REVOCATION_WINDOW_MS / 1000})`);
