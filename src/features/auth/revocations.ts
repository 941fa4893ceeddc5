import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Bus } from '../../data/bus.ts';
import type { Database } from '../../data/database.ts';
import { listRevokedSessions, REVOCATION_WINDOW_MS } from '../../data/repositories/sessions.ts';
import { log } from '../../telemetry/log.ts';

/**
 * The sessions that ended so recently that access tokens of theirs may not have expired yet, held in the process, so
 * that checking a token costs no query. The bus brings each one at once; the database is read at the start, after the
 * bus lost its connection, and twice a minute, for messages that never came.
 */
export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** Refuses the session's access tokens here from now on, and everywhere as soon as the others hear of it. */
  revoke(sessionId: string): Promise<void>;
  /** Fills the list and begins to keep it. Throws when the database cannot be read: without it revoked tokens would work. */
  start(): Promise<void>;
  stop(): void;
}

export interface RevocationOptions {
  db: Database;
  bus: Bus;
  now: () => Date;
  /** Milliseconds between two readings of the database. */
  interval?: number;
}

export const createRevocations = ({ db, bus, now, interval = 30_000 }: RevocationOptions): Revocations => {
  const refusedUntil = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const add = (sessionId: string, milliseconds: number): void => {
    refusedUntil.set(sessionId, Math.max(refusedUntil.get(sessionId) ?? 0, now().getTime() + milliseconds));
  };

  /** Background work of no request: it must not hang under the trace of whoever happened to start it. */
  const reload = (): Promise<void> =>
    context.with(suppressTracing(ROOT_CONTEXT), async () => {
      for (const { id, remainingMs } of await listRevokedSessions(db)) add(id, remainingMs);
      const moment = now().getTime();
      for (const [id, until] of refusedUntil) if (until <= moment) refusedUntil.delete(id);
    });

  const reloadLater = (): void => {
    reload().catch((error: unknown) => log.warn('revoked sessions could not be read; trying again', { error }));
  };

  bus.subscribe('session.revoked', (sessionId) => add(sessionId, REVOCATION_WINDOW_MS));
  bus.onReconnect(reloadLater);

  return {
    isRevoked: (sessionId) => refusedUntil.has(sessionId),
    revoke: async (sessionId) => {
      add(sessionId, REVOCATION_WINDOW_MS);
      // The session is revoked in the database already: the others find it there even if this message is lost.
      await bus.publish('session.revoked', sessionId).catch((error: unknown) => {
        log.warn('the end of a session could not be announced; other instances read it within a minute', { error });
      });
    },
    start: async () => {
      await reload();
      timer = setInterval(reloadLater, interval);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
};
