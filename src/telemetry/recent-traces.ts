import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { LRUCache } from 'lru-cache';

export interface RecentTrace {
  traceId: string;
  spans: ReadableSpan[];
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
const sizeOf = (span: ReadableSpan): number => {
  const events = span.events.reduce((size, event) => size + 100 + JSON.stringify(event.attributes ?? {}).length * 2, 0);
  return 600 + JSON.stringify(span.attributes).length * 2 + events;
};

/** Keeps the last traces in memory, so that development needs no tracing backend. The oldest make room for new ones. */
export class RecentTraces implements SpanProcessor {
  readonly #limits: RecentTracesLimits;
  readonly #traces: LRUCache<string, RecentTrace>;

  constructor(limits: Partial<RecentTracesLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#traces = new LRUCache({ max: this.#limits.traces, maxSize: this.#limits.bytes });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { traceId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) === 0) return;
    const trace = this.#traces.peek(traceId) ?? { traceId, spans: [], dropped: 0 };
    const held = this.#traces.info(traceId)?.size ?? 0;
    // The root ends last, and a trace without it is hard to read: there is always room for it.
    const isRoot = span.parentSpanContext === undefined || span.parentSpanContext.isRemote === true;
    const size = held + sizeOf(span);
    // One trace never takes the room of all the others.
    const isFull = trace.spans.length >= this.#limits.spans || size > this.#limits.bytes / 8;
    if (isFull && !isRoot) {
      trace.dropped += 1;
      return;
    }
    trace.spans.push(span);
    // A new object, because the cache ignores the new size of an old one.
    this.#traces.set(traceId, { ...trace }, { size });
  }

  /** The newest first, by their last span. */
  list(): RecentTrace[] {
    return [...this.#traces.values()];
  }

  get(traceId: string): RecentTrace | undefined {
    return this.#traces.peek(traceId);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#traces.clear();
  }
}
