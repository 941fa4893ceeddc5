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
  /** Adds a job in the transaction that creates the upload's row, so that neither is ever without the other. */
  enqueue(transaction: Queryable, jobId: string, job: AudioJob): Promise<void>;
}
