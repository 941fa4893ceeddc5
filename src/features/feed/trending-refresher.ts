import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Database } from '../../data/database.ts';
import { rebuildRankings } from '../../data/repositories/trending-rankings.ts';
import { log } from '../../telemetry/log.ts';
import { addEvent, recordFailure, tracer } from '../../telemetry/spans.ts';

/**
 * Ranks anew what is trending and what is popular in each genre, in one transaction, so that readers see either the old
 * rankings or the new ones. Does nothing while another instance is at it.
 * @returns whether it was this call that did it.
 */
export const refreshTrending = async (db: Database, now: Date): Promise<boolean> => {
  const ranked = await rebuildRankings(db, now);
  if (ranked === undefined) addEvent('trending refresh skipped');
  else addEvent('trending refreshed', { 'feed.trending.count': ranked });
  return ranked !== undefined;
};

const PERIOD_MS = 60_000;

/** Refreshes the rankings at start and every minute, one at a time; each time is a trace of its own. */
export class TrendingRefresher {
  readonly #db: Database;
  readonly #now: () => Date;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** Resolves when the first refresh is done, whether or not it went well. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#refresh(), PERIOD_MS);
    this.#timer.unref();
    await this.#refresh();
  }

  /** Resolves when nothing is running any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #refresh(): Promise<void> {
    this.#running ??= this.#once().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #once(): Promise<void> {
    // Out of whatever context started it: a trace of its own.
    const span = tracer.startSpan('feed.refresh_trending', {}, ROOT_CONTEXT);
    try {
      await context.with(trace.setSpan(ROOT_CONTEXT, span), () => refreshTrending(this.#db, this.#now()));
    } catch (error) {
      recordFailure(span, error);
      log.warn('the trending ranking could not be refreshed', { error });
    } finally {
      span.end();
    }
  }
}
