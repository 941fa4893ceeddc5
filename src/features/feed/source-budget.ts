import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { log } from '../../telemetry/log.ts';
import { recordFeedSource } from '../../telemetry/metrics/record.ts';
import { recordFailure, withSpan } from '../../telemetry/spans.ts';
import type { FeedSource } from './sources.ts';

export type SourceResult<T> = { ok: true; value: T } | { ok: false; reason: unknown };

const LATE = Symbol('late');

/** Resolves after `milliseconds`, and not before what has already arrived by then was handled. */
const deadline = (milliseconds: number, signal: AbortSignal): Promise<typeof LATE> =>
  new Promise((resolve) => {
    // The event loop may have been busy: then an answer is waiting, and it was not the source that was late.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve(LATE))), milliseconds);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });

/**
 * Reads one source of a feed, in a span of its own, within `budget` milliseconds. Never throws: a source that fails or
 * is late is marked on the trace and in the metrics, and the caller goes on without it.
 */
export const readWithinBudget = <T>(
  source: FeedSource,
  budget: number,
  read: () => Promise<T>,
  count: (value: T) => number,
): Promise<SourceResult<T>> =>
  withSpan(`feed.source ${source}`, {}, async (span) => {
    const begin = performance.now();
    const done = new AbortController();
    try {
      const value = await Promise.race([read(), deadline(budget, done.signal)]);
      if (value === LATE) return late(span, source, budget, begin);
      finish(span, source, 'ok', begin, count(value));
      return { ok: true, value };
    } catch (reason) {
      recordFailure(span, reason);
      finish(span, source, 'error', begin, 0);
      log.warn('a feed source failed', { source, error: reason });
      return { ok: false, reason };
    } finally {
      done.abort();
    }
  });

const late = (span: Span, source: FeedSource, budget: number, begin: number): SourceResult<never> => {
  const message = `over its time budget of ${budget} ms`;
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute('error.type', 'timeout');
  finish(span, source, 'timeout', begin, 0);
  log.warn('a feed source was left out', { source, reason: message });
  return { ok: false, reason: new Error(`feed source ${source} was ${message}`) };
};

const finish = (span: Span, source: FeedSource, outcome: 'ok' | 'error' | 'timeout', begin: number, count: number) => {
  const milliseconds = performance.now() - begin;
  span.setAttributes({
    'feed.source.count': count,
    'feed.source.duration': milliseconds,
    'feed.source.timed_out': outcome === 'timeout',
  });
  recordFeedSource({ source, outcome, seconds: milliseconds / 1000 });
};
