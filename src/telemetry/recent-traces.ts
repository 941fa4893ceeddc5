import { LRUCache } from 'lru-cache';
import type { RecordedSpan } from './tracing/recorded-span.ts';
import type { SpanSink } from './tracing/trace-keeper.ts';

export interface RecentTrace {
  traceId: string;
  spans: RecordedSpan[];
  /** Spans of the trace that there was no room for. */
  dropped: number;
}

export interface RecentTracesLimits {
  traces: number;
  /** Of one trace. */
  spans: number;
  /** Of all traces together, as estimated by `sizeOf`. */
  bytes: number;
}

const LIMITS: RecentTracesLimits = { traces: 1000, spans: 1000, bytes: 64 * 1024 * 1024 };

/** Bytes that a span holds on to, roughly: an object's overhead and its strings. */
const sizeOf = (span: RecordedSpan): number => {
  const events = span.events.reduce((size, event) => size + 100 + JSON.stringify(event.attributes ?? {}).length * 2, 0);
  return 600 + JSON.stringify(span.attributes).length * 2 + events;
};

/** Keeps the last traces in memory, so that development needs no tracing backend. The oldest make room for new ones. */
export class RecentTraces implements SpanSink {
  readonly #limits: RecentTracesLimits;
  readonly #traces: LRUCache<string, RecentTrace>;

  constructor(limits: Partial<RecentTracesLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#traces = new LRUCache({ max: this.#limits.traces, maxSize: this.#limits.bytes });
  }

  /** @returns always true: what is not kept is told with the trace. */
  take(span: RecordedSpan): boolean {
    const { traceId } = span.trace;
    const trace = this.#traces.peek(traceId) ?? { traceId, spans: [], dropped: 0 };
    const held = this.#traces.info(traceId)?.size ?? 0;
    // The root ends last, and a trace without it is hard to read: there is always room for it.
    const size = held + sizeOf(span);
    // One trace never takes the room of all the others.
    const isFull = trace.spans.length >= this.#limits.spans || size > this.#limits.bytes / 8;
    if (isFull && !span.isLocalRoot) {
      trace.dropped += 1;
      return true;
    }
    trace.spans.push(span);
    // A new object, because the cache ignores the new size of an old one.
    this.#traces.set(traceId, { ...trace }, { size });
    return true;
  }

  /** The newest first, by their last span. */
  list(): RecentTrace[] {
    return [...this.#traces.values()];
  }

  get(traceId: string): RecentTrace | undefined {
    return this.#traces.peek(traceId);
  }

  async shutdown(): Promise<void> {
    this.#traces.clear();
  }
}
