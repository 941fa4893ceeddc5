import type { Line } from '../logging/record.ts';
import type { RecordedSpan } from '../tracing/recorded-span.ts';
import type { SpanSink } from '../tracing/trace-keeper.ts';
import { EarlyLines } from './early-lines.ts';
import { GrowingTrace, type TraceLimits } from './growing-trace.ts';
import { attributesSize, logLineSize, recordedSpanSize, viewerSpanSize, writtenLineSize } from './held-size.ts';
import type { TraceSummary } from './model/summary.ts';
import type { Attributes, LogLine, ViewerSpan, ViewerTrace } from './model/trace.ts';
import { TraceSlots } from './trace-slots.ts';

export interface RingLimits {
  traces: number;
  /** Of one trace. */
  spans: number;
  /** Of one trace. */
  lines: number;
  /**
   * Of all traces together, estimated; one takes a quarter of them at most. Lines of traces without a span have
   * another eighth.
   */
  bytes: number;
}

const LIMITS: RingLimits = { traces: 1000, spans: 10_000, lines: 5000, bytes: 64 * 1024 * 1024 };

/** Milliseconds that lines wait for the first span of their trace to end. */
const EARLY_AGE = 120_000;

export interface HeldTrace {
  readonly traceId: string;
  /** Counts up with each trace that appears: the newest has the largest. */
  readonly seq: number;
  /** Made when it is first read, until something of the trace comes. */
  readonly summary: TraceSummary;
  /** Likewise. */
  readonly trace: ViewerTrace;
}

/** The id of a trace that something was added to, or of one that is held no more. */
export type RingChange = { changed: string; gone?: never } | { gone: string; changed?: never };

/**
 * Keeps the last traces in memory, with their log lines: those of this process, and what comes in as OTLP. The oldest
 * make room for new ones. Taking runs in every request and puts aside what it is given; it is read when someone looks.
 */
export class TraceRing implements SpanSink {
  readonly #limits: RingLimits;
  readonly #limitsOfOne: TraceLimits;
  readonly #traces: TraceSlots;
  readonly #early: EarlyLines;
  readonly #listeners = new Set<(change: RingChange) => void>();
  #bytes = 0;

  constructor(limits: Partial<RingLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    const { spans, lines, bytes, traces } = this.#limits;
    this.#traces = new TraceSlots(traces);
    this.#limitsOfOne = { spans, lines, bytes: bytes / 4 };
    this.#early = new EarlyLines({ traces: 10 * traces, lines, bytes: bytes / 8, age: EARLY_AGE });
  }

  /** Takes an ended span of this process. @returns always true: what finds no room is told with its trace. */
  take(span: RecordedSpan): boolean {
    const gathered = span.trace.gatheredIn;
    const known = gathered instanceof GrowingTrace && gathered.holder === this;
    const trace = known ? gathered : this.#open(span.trace.traceId);
    span.trace.gatheredIn = trace;
    const before = trace.bytes;
    trace.addRecorded(span, recordedSpanSize(span));
    this.#grown(trace, trace.bytes - before);
    return true;
  }

  /** Takes a line of this process' log. One without a trace id is ignored. */
  takeLine({ record, json }: Line): void {
    const traceId = record.trace_id;
    if (traceId === undefined) return;
    const line = { json, at: performance.now() };
    const size = writtenLineSize(line);
    const trace = this.#traces.find(traceId);
    if (trace === undefined) {
      this.#early.add(traceId, line, size);
      return;
    }
    const before = trace.bytes;
    trace.addLine(line, size);
    this.#grown(trace, trace.bytes - before);
  }

  /** Takes what came in as OTLP. What is here already is ignored: a retry, or what this process exports to itself. */
  receive(spans: readonly ViewerSpan[], lines: readonly LogLine[]): void {
    const resourceSize = resourceSizes();
    for (const span of spans) {
      const trace = this.#open(span.traceId);
      const before = trace.bytes;
      const size = viewerSpanSize(span) + resourceSize(span);
      if (trace.addReceived(span, size)) this.#grown(trace, trace.bytes - before);
    }
    for (const line of lines) {
      const trace = this.#traces.find(line.traceId);
      const size = logLineSize(line) + resourceSize(line);
      if (trace === undefined) this.#early.add(line.traceId, line, size);
      else {
        const before = trace.bytes;
        if (trace.addLine(line, size)) this.#grown(trace, trace.bytes - before);
      }
    }
  }

  /** The newest first, by when they appeared. A trace appears with the first span that there is room for. */
  list(): HeldTrace[] {
    return this.#traces
      .oldestFirst()
      .filter((trace) => !trace.isEmpty)
      .reverse();
  }

  /** @param traceId 32 hexadecimal digits in lower case */
  get(traceId: string): HeldTrace | undefined {
    const trace = this.#traces.find(traceId);
    return trace?.isEmpty === false ? trace : undefined;
  }

  clear(): void {
    for (const trace of this.#traces.oldestFirst()) this.#remove(trace);
    this.#early.clear();
  }

  /**
   * Tells of each change at once, in the midst of a request: `listener` must be quick and not throw.
   * @returns how to stop it.
   */
  watch(listener: (change: RingChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async shutdown(): Promise<void> {
    this.clear();
  }

  #open(traceId: string): GrowingTrace {
    const known = this.#traces.find(traceId);
    if (known !== undefined) return known;
    const { due } = this.#traces;
    if (due !== undefined) this.#remove(due);
    const trace = new GrowingTrace(this, traceId, this.#traces.nextSeq, this.#limitsOfOne);
    this.#traces.add(trace);
    const early = this.#early.take(traceId);
    if (early !== undefined) {
      for (const { line, size } of early.lines) trace.addLine(line, size);
      trace.addDroppedLines(early.dropped);
    }
    this.#bytes += trace.bytes;
    return trace;
  }

  #grown(trace: GrowingTrace, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes) this.#makeRoom(trace);
    if (this.#listeners.size > 0) this.#tell({ changed: trace.traceId });
  }

  /** The one that has just grown stays: what it was opened for is still to come. */
  #makeRoom(growing: GrowingTrace): void {
    while (this.#bytes > this.#limits.bytes) {
      const oldest = this.#traces.oldestBut(growing);
      if (oldest === undefined) return;
      this.#remove(oldest);
    }
  }

  #remove(trace: GrowingTrace): void {
    this.#traces.remove(trace);
    trace.holder = undefined;
    this.#bytes -= trace.bytes;
    if (this.#listeners.size > 0) this.#tell({ gone: trace.traceId });
  }

  #tell(change: RingChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** What a resource adds to a trace: it is shared by those that came in one request, so that it counts once in each. */
const resourceSizes = (): ((of: { traceId: string; resource: Attributes }) => number) => {
  const last = new Map<string, Attributes>();
  return ({ traceId, resource }) => {
    if (last.get(traceId) === resource) return 0;
    last.set(traceId, resource);
    return attributesSize(resource);
  };
};
