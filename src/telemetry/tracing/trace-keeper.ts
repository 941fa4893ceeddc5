import type { Resource } from '@opentelemetry/resources';
import { recordSpanStarted, recordSpansDropped, recordTraceKept, watchSpanBuffer } from '../metrics/self.ts';
import type { Keeper, KeepReason, LocalTrace } from './local-trace.ts';
import type { RecordedSpan } from './recorded-span.ts';

/** Where the spans of kept traces go. */
export interface SpanSink {
  /** Takes an ended span. @returns false when there was no room, and it is lost. */
  take(span: RecordedSpan): boolean;
  shutdown(): Promise<void>;
}

export interface KeepPolicy {
  /** Keep each trace that has a failed span in it. */
  errors: boolean;
  /** Keep each trace whose local root takes longer than so many milliseconds; 0: none for that. */
  slowerThan: number;
}

export interface BufferLimits {
  /** Spans of undecided traces, all together: at some 500 bytes each, and a root holds on to its request. */
  spans: number;
  /** Spans of one undecided trace. */
  spansOfOne: number;
  /** Milliseconds that spans of a request which does not end are held. */
  age: number;
  /** Milliseconds that a trace whose root has ended waits for those of its spans that have not. */
  grace: number;
}

export const BUFFER_LIMITS: BufferLimits = { spans: 50_000, spansOfOne: 5000, age: 120_000, grace: 10_000 };

const SWEEP_MS = 1000;

/**
 * Decides which traces are kept. What the head decision chose goes to the sinks span by span. The others wait, in
 * memory and unread, until something fails, the local root proves slow, or someone marks the trace: then all of it is
 * kept, and what else of it comes. A trace that ends well is let go.
 */
export class TraceKeeper implements Keeper {
  readonly resource: Resource;
  readonly #policy: KeepPolicy;
  readonly #limits: BufferLimits;
  readonly #sinks: readonly SpanSink[];
  /** Those that hold spans, in the order in which the first of these ended. */
  readonly #undecided = new Set<LocalTrace>();
  readonly #sweeping: NodeJS.Timeout;
  #waiting = 0;

  constructor(resource: Resource, sinks: readonly SpanSink[], policy: KeepPolicy, limits: Partial<BufferLimits> = {}) {
    this.resource = resource;
    this.#sinks = sinks;
    this.#policy = policy;
    this.#limits = { ...BUFFER_LIMITS, ...limits };
    watchSpanBuffer(() => this.#waiting);
    this.#sweeping = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Whether a trace that was not chosen can still become kept. */
  get recordsAll(): boolean {
    return this.#policy.errors || this.#policy.slowerThan > 0;
  }

  spanStarted({ trace }: RecordedSpan): void {
    if (!trace.recording) return;
    recordSpanStarted();
    trace.open += 1;
  }

  spanEnded(span: RecordedSpan): void {
    const { trace } = span;
    if (!trace.recording) return;
    trace.open -= 1;
    if (trace.discarded) {
      // Too late: the rest of its trace is gone.
      if (span.failed && this.#policy.errors) recordSpansDropped('late', 1);
      return;
    }
    // Decided before it waits: there may be no room, and the span that says why a trace is kept must be in it.
    if (trace.kept === undefined) {
      if (span.failed && this.#policy.errors) this.#keep(trace, 'error');
      else if (span === trace.root && this.#isSlow(trace)) this.#keep(trace, 'slow');
    } else if (span === trace.root && trace.kept === 'rate') recordTraceKept('rate');
    if (trace.kept !== undefined) this.#pass(span);
    else if (trace.open === 0 && trace.root?.ended) this.#discard(trace);
    else this.#wait(span);
  }

  marked(trace: LocalTrace, reason: KeepReason): void {
    if (!trace.discarded && (reason !== 'error' || this.#policy.errors)) this.#keep(trace, reason);
  }

  #isSlow({ root, judgedFrom, judgedAt, clockOffset }: LocalTrace): boolean {
    if (this.#policy.slowerThan === 0 || root === undefined) return false;
    const until = judgedAt ?? (root.ended ? root.endedAt : performance.now() + clockOffset);
    return until - (judgedFrom ?? root.startedAt) > this.#policy.slowerThan;
  }

  #wait(span: RecordedSpan): void {
    const { trace } = span;
    if (trace.waiting.length >= this.#limits.spansOfOne) {
      trace.lost += 1;
      return;
    }
    if (this.#waiting >= this.#limits.spans) this.#evictOldest();
    if (trace.waiting.length === 0) this.#undecided.add(trace);
    trace.waiting.push(span);
    this.#waiting += 1;
  }

  /** The oldest is the least likely to end soon. It stays undecided: should it be kept, what is missing is counted. */
  #evictOldest(): void {
    const [oldest] = this.#undecided;
    if (oldest) this.#forget(oldest);
  }

  #forget(trace: LocalTrace): void {
    trace.lost += trace.waiting.length;
    this.#release(trace);
  }

  /** From here on nothing of it is held, so that one which never ends leaves nothing, until its next span ends. */
  #release(trace: LocalTrace): RecordedSpan[] {
    const spans = trace.waiting;
    if (spans.length === 0) return spans;
    this.#undecided.delete(trace);
    this.#waiting -= spans.length;
    trace.waiting = [];
    return spans;
  }

  #keep(trace: LocalTrace, reason: KeepReason): void {
    trace.kept = reason;
    recordTraceKept(reason);
    if (trace.lost > 0) recordSpansDropped('buffer_full', trace.lost);
    for (const span of this.#release(trace)) this.#pass(span);
  }

  #discard(trace: LocalTrace): void {
    trace.discarded = true;
    this.#release(trace);
  }

  #pass(span: RecordedSpan): void {
    span.settle();
    for (const sink of this.#sinks) if (!sink.take(span)) span.trace.lost += 1;
  }

  /**
   * Looks at the undecided traces that hold something. A request that has run longer than the limit will be slow however it
   * ends, so it is kept at once: nothing of it needs to be held, and one that never ends can be seen while it hangs.
   */
  sweep(): void {
    for (const trace of this.#undecided) {
      const { root } = trace;
      if (root === undefined) continue;
      const now = performance.now() + trace.clockOffset;
      if (root.ended) {
        // Its end may have been given, by a clock that is ahead of ours.
        if (Math.abs(now - root.endedAt) > this.#limits.grace) this.#discard(trace);
      } else if (this.#isSlow(trace)) this.#keep(trace, 'slow');
      else if (now - root.startedAt > this.#limits.age) this.#forget(trace);
    }
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#sweeping);
    await Promise.all(this.#sinks.map((sink) => sink.shutdown()));
  }
}
