import type { Attributes, Span } from '@opentelemetry/api';
import { recordStage, recordStageFailure } from '../../../telemetry/metrics/audio.ts';
import { withSpan } from '../../../telemetry/spans.ts';
import { AudioFailure } from '../failure.ts';
import type { Stage } from '../result.ts';
import { explain } from './explain.ts';
import { isInterruption } from './interruption.ts';

/** When a stage has to stop, and whom it tells how far it is. */
export interface StageRun {
  signal: AbortSignal;
  /** Milliseconds. */
  timeout: number;
  /** Of this stage, 0 to 1. */
  onProgress: (fraction: number) => void;
  span: Span;
}

/** Runs a stage of one attempt. */
export type RunStage = <T>(stage: Stage, work: (run: StageRun) => Promise<T>) => Promise<T>;

/** A stage that failed, and why. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure';
  readonly stage: Stage;
  readonly failure: AudioFailure;

  constructor(stage: Stage, failure: AudioFailure) {
    super(`${stage}: ${failure.message}`, { cause: failure });
    this.stage = stage;
    this.failure = failure;
  }

  /** What a span that it fails says about it. */
  get spanAttributes(): Attributes {
    return { 'audio.stage': this.stage, ...this.failure.spanAttributes };
  }
}

/** A stage that was told to stop gets so long to let go of what it holds; then nobody waits for it any more. */
const GRACE_MS = 5000;

/**
 * Runs one stage in its span, for `timeout` ms at most, and measures it.
 * @throws StageFailure; LeaseLost or ShuttingDown when the signal says so.
 */
export const runStage = async <T>(
  stage: Stage,
  run: Omit<StageRun, 'span'>,
  work: (run: StageRun) => Promise<T>,
): Promise<T> => {
  run.signal.throwIfAborted();
  run.onProgress(0);
  const limit = new AbortController();
  const late = new AudioFailure('timeout', `This took longer than ${run.timeout / 1000} s.`);
  const timer = setTimeout(() => limit.abort(late), run.timeout);
  const signal = AbortSignal.any([run.signal, limit.signal]);
  try {
    return await withSpan(`audio.${stage}`, {}, (span) =>
      measured(stage, () => heeding(signal, work({ ...run, signal, span }))),
    );
  } catch (error) {
    throw error instanceof AudioFailure ? new StageFailure(stage, error) : error;
  } finally {
    clearTimeout(timer);
  }
};

/** Inside the span of the stage, which becomes the exemplar. @throws AudioFailure or an interruption */
const measured = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    if (isInterruption(error)) throw error;
    const failure = explain(error);
    recordStageFailure(stage, failure.reason);
    throw failure;
  } finally {
    recordStage(stage, (performance.now() - began) / 1000);
  }
};

const heeding = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      grace = setTimeout(() => reject(signal.reason), GRACE_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work
      .then(resolve, (error: unknown) => reject(signal.aborted ? signal.reason : error))
      .finally(() => {
        clearTimeout(grace);
        signal.removeEventListener('abort', onAbort);
      });
  });
