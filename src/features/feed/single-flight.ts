import { type SpanContext, trace } from '@opentelemetry/api';
import type { Cache, CacheNamespace } from '../../data/cache/cache.ts';
import { addEvent } from '../../telemetry/spans.ts';
import type { StoredFeed } from './stored-feed.ts';

interface Flight<T> {
  result: Promise<T>;
  leader: SpanContext | undefined;
}

/** One fill per key at a time in this process, however many ask for it. */
export class SingleFlight<T> {
  readonly #groups = new Map<string, Map<string, Flight<T>>>();

  /**
   * Runs `fill`, or waits for the one that is running for the same entry. The spans of a fill belong to the trace of
   * the request that began it; one that waits gets a link to it.
   */
  run(namespace: CacheNamespace, group: string, entry: string, fill: () => Promise<T>): Promise<T> {
    const name = `${namespace}:${group}`;
    const flights = this.#groups.get(name) ?? new Map<string, Flight<T>>();
    this.#groups.set(name, flights);
    const running = flights.get(entry);
    if (running) {
      if (running.leader) trace.getActiveSpan()?.addLink({ context: running.leader });
      addEvent('feed fill joined');
      return running.result;
    }
    const flight: Flight<T> = {
      leader: trace.getActiveSpan()?.spanContext(),
      result: fill().finally(() => {
        if (flights.get(entry) === flight) flights.delete(entry);
        if (flights.size === 0 && this.#groups.get(name) === flights) this.#groups.delete(name);
      }),
    };
    flights.set(entry, flight);
    return flight.result;
  }

  /** Nobody joins the fills of this group that are running now; who waits for them already still gets them. */
  forget(namespace: CacheNamespace, group: string): void {
    this.#groups.delete(`${namespace}:${group}`);
  }
}

/** What a fill makes: the stored form of a feed. */
const flights = new WeakMap<Cache, SingleFlight<StoredFeed>>();

/** The fills of everyone who uses this cache: they live as long as it does. */
export const flightsOf = (cache: Cache): SingleFlight<StoredFeed> => {
  const known = flights.get(cache) ?? new SingleFlight<StoredFeed>();
  flights.set(cache, known);
  return known;
};
