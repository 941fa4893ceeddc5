import { randomUUID } from 'node:crypto';
import type { Bus } from '../../data/bus.ts';
import { type Database, PATIENT } from '../../data/database.ts';
import type { JobError, JobOutcome } from '../../data/jobs.ts';
import {
  type BegunAttempt,
  beginAttempt,
  failAttempt,
  failForGood,
  findGivenUp,
  giveBackAttempt,
  type Lease,
} from '../../data/repositories/audio-jobs.ts';
import { recordStageFailure } from '../../telemetry/metrics/audio.ts';
import { addEvent, setRootAttributes, withSpan } from '../../telemetry/spans.ts';
import { AudioFailure } from './failure.ts';
import { explain } from './pipeline/explain.ts';
import { isInterruption, LeaseLost, ShuttingDown } from './pipeline/interruption.ts';
import { type ProcessContext, processUpload } from './pipeline/process.ts';
import { StageFailure } from './pipeline/stage.ts';

/** How often an upload is tried. An attempt whose worker died counts, one that a shutdown interrupted does not. */
const MAX_ATTEMPTS = 3;

export interface AttemptContext extends ProcessContext {
  db: Database;
  bus: Bus;
}

/** What became of an attempt: for the queue, for the span of the job and for the log. */
export interface AttemptEnd {
  outcome: JobOutcome;
  /** Undefined where there was nothing to do. */
  attempt: BegunAttempt | undefined;
  /** What ended it before its time. */
  error: unknown;
}

/**
 * Tries to make a playable loop of an upload, once. Whatever happens, its row says so afterwards.
 * @param signal aborts with LeaseLost or ShuttingDown.
 * @throws only what a database throws that is away: then nothing is known, and the job will be tried again.
 */
export const attemptUpload = async (
  ctx: AttemptContext,
  jobId: string,
  audioId: string,
  signal: AbortSignal,
): Promise<AttemptEnd> => {
  const lease: Lease = { audioId, leaseId: randomUUID() };
  const attempt = await beginAttempt(ctx.db, lease, MAX_ATTEMPTS);
  if (!attempt) return { outcome: await endOf(ctx.db, audioId), attempt, error: undefined };
  setRootAttributes({
    'audio.attempt': attempt.attempts,
    'audio.format': attempt.format,
    'audio.bytes': attempt.bytes,
  });
  if (attempt.lostIn !== null) recordStageFailure(attempt.lostIn, 'worker_lost');
  await ctx.bus.publish('upload.changed', jobId);
  try {
    if (attempt.exhausted) throw new StageFailure(lastStage(attempt), LOST);
    await processUpload(ctx, { jobId, lease, upload: attempt, signal });
    return { outcome: { status: 'done' }, attempt, error: undefined };
  } catch (error) {
    const outcome = isInterruption(error)
      ? await giveBack(ctx.db, lease, error)
      : await fail(ctx.db, lease, attempt, error);
    return { outcome, attempt, error };
  } finally {
    await ctx.bus.publish('upload.changed', jobId);
  }
};

const LOST = new AudioFailure('worker_lost', 'Working on this file was broken off again and again.');
const lastStage = ({ lostIn }: BegunAttempt) => (lostIn ?? 'fetch') as StageFailure['stage'];

/** An upload that was given up stays a dead letter, also when its first one was lost on the way. */
const endOf = async (db: Database, audioId: string): Promise<JobOutcome> => {
  const failure = await findGivenUp(db, audioId);
  return failure ? { status: 'dead', error: failure } : { status: 'done' };
};

const giveBack = async (db: Database, lease: Lease, error: Error): Promise<JobOutcome> => {
  if (error instanceof ShuttingDown) await giveBackAttempt(db, lease);
  return { status: 'retry', error: { stage: null, reason: 'worker_lost', message: error.message } };
};

/** Whoever has taken over settles the upload, or it is complete already: a dead letter would tell a lie about it. */
const OVERTAKEN: JobOutcome = {
  status: 'retry',
  error: { stage: null, reason: 'worker_lost', message: new LeaseLost().message },
};

const fail = (db: Database, lease: Lease, attempt: BegunAttempt, error: unknown): Promise<JobOutcome> =>
  withSpan('audio.fail', {}, async () => {
    const stage = error instanceof StageFailure ? error.stage : null;
    const failure = error instanceof StageFailure ? error.failure : explain(error);
    const kept: JobError = { stage, reason: failure.reason, message: failure.message, words: failure.words };
    const isLast = failure.permanent || attempt.exhausted || attempt.attempts >= MAX_ATTEMPTS;
    if (!isLast) {
      if (!(await failAttempt(db, lease, kept))) return OVERTAKEN;
      addEvent('audio attempt failed', failure.spanAttributes);
      return { status: 'retry', error: kept };
    }
    const gaveUp = await db.$transaction((transaction) => failForGood(transaction, lease, kept), PATIENT);
    if (!gaveUp) return OVERTAKEN;
    addEvent('audio failed', failure.spanAttributes);
    return { status: 'dead', error: kept };
  });
