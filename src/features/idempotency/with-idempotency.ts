import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { claimKey, completeKey, findKey, type KeyRow, releaseKey } from '../../data/repositories/idempotency.ts';
import { AppError, type ErrorCode, type ErrorDetail, invalid } from '../../errors.ts';
import { log } from '../../telemetry/log.ts';
import { addEvent, setRootAttributes } from '../../telemetry/spans.ts';
import { fingerprint, type KeyOwner, seal, unseal } from './stored-reply.ts';

export interface IdempotencyContext {
  db: Database;
  secrets: Pick<Secrets, 'appSecret'>;
}

export interface IdempotentRequest extends KeyOwner {
  /** What makes it the same request: all of it has to be equal for a replay. */
  request: { method: string; route: string; body: unknown };
}

/** The part of a transport's reply that matters here; everything else in it is kept as it is. */
interface AnyReply {
  status: number;
  headers?: Record<string, string>;
}

interface StoredError {
  code: ErrorCode;
  message: string;
  field?: string;
  details: ErrorDetail[];
}

/** Refusals that would be the same again. All other failures free the key: trying again may end well. */
const FINAL_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'BAD_REQUEST',
  'FORBIDDEN',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'VALIDATION_ERROR',
]);

/** How long a second request waits for the first, in milliseconds. */
const PATIENCE_MS = 2000;
const LONGEST_NAP_MS = 200;
const FIELD = 'Idempotency-Key';

/**
 * Runs a request once for each key: the same request with the same key gets the first answer again for 24 hours,
 * refusals included. A request that failed through no fault of the caller's gives the key back.
 * @throws AppError VALIDATION_ERROR for a key that is no key or came with another request before; CONFLICT while the
 * first request is still running after two seconds; whatever `run` throws.
 */
export const withIdempotency = async <R extends AnyReply>(
  ctx: IdempotencyContext,
  request: IdempotentRequest,
  run: () => Promise<R>,
): Promise<R> => {
  if (!/^[\x21-\x7e]{1,255}$/.test(request.key)) {
    throw invalid(FIELD, 'Idempotency-Key must be 1 to 255 visible ASCII characters');
  }
  const requestHash = fingerprint(ctx.secrets.appSecret, request.request);
  const deadline = performance.now() + PATIENCE_MS;
  for (let nap = 20; ; nap = Math.min(nap * 2, LONGEST_NAP_MS)) {
    const claimedAt = await claimKey(ctx.db, request, requestHash);
    if (claimedAt) return runOnce(ctx, request, claimedAt, run);

    const known = await findKey(ctx.db, request);
    // Freed between the two statements: it can be claimed now.
    if (!known) continue;
    if (!timingSafeEqual(known.requestHash, requestHash)) {
      setRootAttributes({ 'idempotency.outcome': 'mismatch' });
      throw invalid(FIELD, 'this Idempotency-Key was used with another request');
    }
    if (known.response) return replay<R>(ctx, request, known.response);
    if (performance.now() + nap > deadline) {
      setRootAttributes({ 'idempotency.outcome': 'busy' });
      throw new AppError('CONFLICT', 'a request with this Idempotency-Key is still running', { retryAfter: 1 });
    }
    await sleep(nap);
  }
};

const runOnce = async <R extends AnyReply>(
  ctx: IdempotencyContext,
  owner: KeyOwner,
  claimedAt: Date,
  run: () => Promise<R>,
): Promise<R> => {
  setRootAttributes({ 'idempotency.outcome': 'first' });
  const keep = (status: number, answer: { reply: R } | { error: StoredError }): Promise<void> =>
    completeKey(ctx.db, owner, claimedAt, { status, response: seal(ctx.secrets.appSecret, owner, answer) });
  const release = (): Promise<void> => releaseKey(ctx.db, owner, claimedAt);

  let reply: R;
  try {
    reply = await run();
  } catch (error) {
    const isFinal = error instanceof AppError && FINAL_ERRORS.has(error.code);
    await settle(() => (isFinal ? keep(error.status, { error: storable(error) }) : release()));
    throw error;
  }
  await settle(() => (reply.status < 500 ? keep(reply.status, { reply }) : release()));
  return reply;
};

/** What was asked for is done, or has failed for its own reason: that the key could not be kept must not hide it. */
const settle = async (store: () => Promise<void>): Promise<void> => {
  try {
    await store();
  } catch (error) {
    log.warn('the outcome of an idempotent request could not be stored', { error });
  }
};

const storable = ({ code, message, field, details }: AppError): StoredError => ({
  code,
  message,
  ...(field === undefined ? {} : { field }),
  details,
});

const replay = <R extends AnyReply>(
  ctx: IdempotencyContext,
  owner: KeyOwner,
  response: NonNullable<KeyRow['response']>,
): R => {
  const answer = unseal(ctx.secrets.appSecret, owner, response) as { reply: R } | { error: StoredError };
  setRootAttributes({ 'idempotency.outcome': 'replayed' });
  addEvent('reply replayed');
  if ('error' in answer) throw new AppError(answer.error.code, answer.error.message, answer.error);
  return { ...answer.reply, headers: { ...answer.reply.headers, 'Idempotency-Replayed': 'true' } };
};
