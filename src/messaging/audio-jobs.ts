import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { v7 } from 'uuid';
import { AUDIO } from '../data/jobs/queues.ts';
import type { AudioConsumer, JobOutcome, OpenAudioQueue, TakenJob } from '../data/jobs.ts';
import { type AttemptContext, type AttemptEnd, attemptUpload } from '../features/audio/attempt.ts';
import { LeaseLost, ShuttingDown } from '../features/audio/pipeline/interruption.ts';
import { StageFailure } from '../features/audio/pipeline/stage.ts';
import { withCallerTrust } from '../telemetry/caller-trust.ts';
import { log } from '../telemetry/log.ts';
import { recordQueueWait } from '../telemetry/metrics/audio.ts';
import { runInScope } from '../telemetry/scope.ts';
import { spanEnabled } from '../telemetry/span-filter.ts';
import { markFailed, tracer } from '../telemetry/spans.ts';
import { keepTrace } from '../telemetry/tracing/keep-trace.ts';

/**
 * Takes audio jobs and processes them, `concurrency` at once. Each goes on with the trace of the request that it came
 * from: `audio.queue_wait` and `audio.process` are children of that request's span `audio.upload`.
 */
export const consumeAudioJobs = async (
  jobs: OpenAudioQueue,
  ctx: AttemptContext,
  concurrency: number,
): Promise<{ stop(timeout: number): Promise<void> }> => {
  const shutdown = new AbortController();
  const consumer: AudioConsumer = await jobs.work(concurrency, (job) => consume(ctx, job, shutdown.signal));
  return {
    /** What runs may take `timeout` ms to finish; what then is not done goes back to the queue, uncounted. */
    stop: async (timeout) => {
      const timer = setTimeout(() => shutdown.abort(), timeout);
      await consumer.stop();
      clearTimeout(timer);
    },
  };
};

const consume = (ctx: AttemptContext, job: TakenJob, shutdown: AbortSignal): Promise<JobOutcome> => {
  const { requestId = v7(), userId } = job.data;
  const parent = callerOf(job);
  return runInScope({ requestId, userId }, async () => {
    waited(job, parent);
    const span = startSpan(job, parent);
    try {
      return await context.with(trace.setSpan(parent, span), () => process(ctx, job, shutdown, span));
    } finally {
      span.end();
    }
  });
};

/** The request that queued the job. Its *sampled* flag counts: we wrote it ourselves. */
const callerOf = ({ data: { traceparent, tracestate } }: TakenJob): Context =>
  withCallerTrust(propagation.extract(ROOT_CONTEXT, { traceparent, tracestate }), true);

const waited = ({ availableSince, takenAt }: TakenJob, parent: Context): void => {
  if (!spanEnabled('domain')) return;
  const startTime = availableSince < takenAt ? availableSince : takenAt;
  const wait = tracer.startSpan('audio.queue_wait', { startTime }, parent);
  keepTrace(wait);
  wait.end(takenAt);
};

const startSpan = ({ id, data }: TakenJob, parent: Context): Span => {
  const attributes: Attributes = {
    'messaging.system': 'pgboss',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': AUDIO,
    'messaging.message.id': id,
    'audio.id': data.audioId,
    'user.id': data.userId,
  };
  const span = tracer.startSpan('audio.process', { kind: SpanKind.CONSUMER, attributes }, parent);
  keepTrace(span);
  return span;
};

const process = async (ctx: AttemptContext, job: TakenJob, shutdown: AbortSignal, span: Span): Promise<JobOutcome> => {
  const began = performance.now();
  const waitSeconds = Math.max(0, (job.takenAt.getTime() - job.availableSince.getTime()) / 1000);
  recordQueueWait(waitSeconds);
  span.setAttribute('audio.queue_wait', waitSeconds);
  const stop = stopSignal(job.signal, shutdown);
  try {
    const end = await attemptUpload(ctx, job.id, job.data.audioId, stop.signal);
    if (end.error !== undefined) markFailed(span, end.error);
    tell(job, end, performance.now() - began);
    return end.outcome;
  } catch (error) {
    markFailed(span, error);
    log.warn('an audio job could not be begun or ended; it will be tried again', { job_id: job.id, error });
    return {
      status: 'retry',
      error: { stage: null, reason: 'database', message: 'the database could not be reached' },
    };
  } finally {
    stop.forget();
  }
};

/** One signal that says why: the job is another's by now, or we are going down. */
const stopSignal = (lost: AbortSignal, shutdown: AbortSignal): { signal: AbortSignal; forget(): void } => {
  const stop = new AbortController();
  const onLost = (): void => stop.abort(new LeaseLost());
  const onShutdown = (): void => stop.abort(new ShuttingDown());
  for (const [signal, listener] of [
    [lost, onLost],
    [shutdown, onShutdown],
  ] as const) {
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  }
  return {
    signal: stop.signal,
    forget: () => {
      lost.removeEventListener('abort', onLost);
      shutdown.removeEventListener('abort', onShutdown);
    },
  };
};

/** One line for each attempt. */
const tell = ({ id, data }: TakenJob, { outcome, attempt, error }: AttemptEnd, milliseconds: number): void => {
  if (!attempt) return;
  const fields = {
    job_id: id,
    audio_id: data.audioId,
    attempt: attempt.attempts,
    format: attempt.format,
    bytes: attempt.bytes,
    duration_ms: Math.round(milliseconds),
  };
  if (outcome.status === 'done') {
    log.info('audio processed', fields);
    return;
  }
  if (error instanceof ShuttingDown || error instanceof LeaseLost) {
    log.info(`audio attempt interrupted: ${error.message}`, fields);
    return;
  }
  const { stage, reason, message, words } = outcome.error;
  const failed = { ...fields, stage, reason, said: message, ffmpeg_words: words };
  // A stack tells nothing about somebody's broken file.
  const isOurs = !(error instanceof StageFailure && error.failure.permanent);
  if (!isOurs) log.warn('audio refused', failed);
  else if (outcome.status === 'retry') log.warn('audio attempt failed', { ...failed, error });
  else log.error('audio failed', { ...failed, error });
};
