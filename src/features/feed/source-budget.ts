import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { log } from '../../telemetry/log.ts';
import { recordFeedSource } from '../../telemetry/metrics/record.ts';
import { recordFailure, withSpan } from '../../telemetry/spans.ts';
import type { FeedSource } from './sources.ts';

export type SourceResult<T> = { ok: true; value: T } | { ok: false; reason: unknown };

const LATE = Symbol('late');

/** `reading`, or LATE after `milliseconds`, but not before what has already arrived by then was handled. */
const within = <T>(milliseconds: number, reading: Promise<T>): Promise<T | typeof LATE> =>
  new Promise((resolve, reject) => {
    // The event loop may have been busy: then an answer is waiting, and it was not the source that was late.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve(LATE))), milliseconds);
    reading.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/**
 * A read that is late goes on in the database and holds its connection until it ends. When this many of one source do,
 * it is left alone until one has ended, or a source that hangs would soon hold every connection there is.
 */
const MAX_OVERDUE = 2;

/** How many reads of each source are late and still running. One for each database. */
const overdue = new WeakMap<object, Record<FeedSource, number>>();

const overdueOf = (database: object): Record<FeedSource, number> => {
  const known = overdue.get(database) ?? { following: 0, recommended: 0, trending: 0, recent: 0 };
  overdue.set(database, known);
  return known;
};

interface SourceRead<T> {
  source: FeedSource;
  /** Milliseconds. */
  budget: number;
  database: object;
  read: () => Promise<T>;
  count: (value: T) => number;
}

/**
 * Reads one source of a feed, in a span of its own, within its budget. Never throws: a source that fails or is late is
 * marked on the trace and in the metrics, and the caller goes on without it.
 */
export const readWithinBudget = <T>({
  source,
  budget,
  database,
  read,
  count,
}: SourceRead<T>): Promise<SourceResult<T>> => {
  const outer = trace.getActiveSpan();
  return withSpan(`feed.source ${source}`, {}, async (current) => {
    // Without spans of the domain this is the request's own, which did not fail.
    const span = current === outer ? undefined : current;
    const begin = performance.now();
    const late = overdueOf(database);
    if (late[source] >= MAX_OVERDUE) return leaveOut(span, source, 'earlier reads are still running', begin);
    try {
      const reading = read();
      const value = await within(budget, reading);
      if (value === LATE) {
        late[source] += 1;
        const end = () => {
          late[source] -= 1;
        };
        reading.then(end, end);
        return leaveOut(span, source, `over its time budget of ${budget} ms`, begin);
      }
      finish(span, source, 'ok', begin, count(value));
      return { ok: true, value };
    } catch (reason) {
      if (span) recordFailure(span, reason);
      finish(span, source, 'error', begin, 0);
      log.warn('a feed source failed', { source, error: reason });
      return { ok: false, reason };
    }
  });
};

const leaveOut = (span: Span | undefined, source: FeedSource, why: string, begin: number): SourceResult<never> => {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: why });
  span?.setAttribute('error.type', 'timeout');
  finish(span, source, 'timeout', begin, 0);
  log.warn('a feed source was left out', { source, reason: why });
  return { ok: false, reason: new Error(`feed source ${source}: ${why}`) };
};

const finish = (
  span: Span | undefined,
  source: FeedSource,
  outcome: 'ok' | 'error' | 'timeout',
  begin: number,
  count: number,
): void => {
  const milliseconds = performance.now() - begin;
  span?.setAttributes({
    'feed.source.count': count,
    'feed.source.duration': Math.round(milliseconds * 1000) / 1000,
    'feed.source.timed_out': outcome === 'timeout',
  });
  recordFeedSource({ source, outcome, seconds: milliseconds / 1000 });
};
