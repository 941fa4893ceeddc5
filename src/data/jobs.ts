import type { QueueState } from '../telemetry/metrics/audio.ts';
import type { Queryable } from './database.ts';

/** What a worker needs to know of an upload that is to be processed; everything else stands in its row. */
export interface AudioJob {
  audioId: string;
  /** Whose trace goes on in the worker: W3C traceparent of the upload's span. Absent when tracing is off. */
  traceparent?: string | undefined;
  tracestate?: string | undefined;
  /** For the log lines of the worker. */
  requestId?: string | undefined;
  userId: string;
}

/** The queue of audio jobs, for whoever adds to it. */
export interface AudioQueue {
  /** Resolves when jobs can be added. @throws Error when the database is away, or the queue is gone. */
  ping(): Promise<void>;
  /** Adds a job in the transaction that creates the upload's row, so that neither is ever without the other. */
  enqueue(transaction: Queryable, jobId: string, job: AudioJob): Promise<void>;
}

/** A job that a worker has taken: nobody else has it until the worker settles it or is lost. */
export interface TakenJob {
  id: string;
  data: AudioJob;
  /** When it could have been taken. */
  availableSince: Date;
  takenAt: Date;
  /** Aborts when the job is this worker's no longer: it was too silent, or the queue is closing. */
  signal: AbortSignal;
}

/** Why a job failed, as it is kept with a dead letter. */
export interface JobError {
  stage: string | null;
  reason: string;
  /** For whoever uploaded the file. */
  message: string;
  /** ffmpeg's, for operators. */
  words?: string | undefined;
}

/** What becomes of a job: it is done, or to be tried again after a delay, or a dead letter. */
export type JobOutcome =
  | { status: 'done' }
  | { status: 'retry'; error: JobError }
  | { status: 'dead'; error: JobError };

/** A process's side of the queue. */
export interface OpenAudioQueue extends AudioQueue {
  /**
   * Takes a dead letter away and puts its job into the queue again, as new, in the caller's transaction.
   * @param job nothing: it is only taken away.
   * @returns whether it was there still.
   */
  requeue(transaction: Queryable, deadLetterId: string, jobId: string, job: AudioJob | undefined): Promise<boolean>;
  /**
   * Adds a job that ought to be there, in the caller's transaction. A dead letter that was made of it is taken away.
   * @returns whether it was missing; one that waits or runs is left alone.
   */
  putBack(transaction: Queryable, jobId: string, job: AudioJob): Promise<boolean>;
  /** Jobs by what they are doing, a few seconds old at most; undefined before the first look. */
  state(): Record<QueueState, number> | undefined;
  /**
   * Takes jobs, `concurrency` at once, until it is stopped. `handle` settles every job by what it returns; one that
   * throws is tried again.
   */
  work(concurrency: number, handle: (job: TakenJob) => Promise<JobOutcome>): Promise<AudioConsumer>;
  close(): Promise<void>;
}

export interface AudioConsumer {
  /** Takes no more jobs. Resolves when those that run have been settled. */
  stop(): Promise<void>;
}
