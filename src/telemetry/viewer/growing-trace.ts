import type { RecordedSpan } from '../tracing/recorded-span.ts';
import type { AnyLine } from './early-lines.ts';
import { fromLogLine, type LineOrigin, type WrittenLine } from './from-log-line.ts';
import { fromRecordedSpan, fromRunningSpan, resourceAttributes } from './from-recorded-span.ts';
import { assembleTrace } from './model/from-otlp.ts';
import { type RunningSpan, summarise, type TraceSummary } from './model/summary.ts';
import type { LogLine, ViewerSpan, ViewerTrace } from './model/trace.ts';

/** What one trace may take. */
export interface TraceLimits {
  spans: number;
  lines: number;
  /** Estimated. */
  bytes: number;
}

/** Bytes of a trace without anything in it. */
const EMPTY = 1000;

/** Local roots that find room in a full trace: few, since a caller can put any number of requests into one trace. */
const ROOTS_IN_FULL = 100;

/** Shared by all that have none: most traces are never looked at, and what they do not need is not made. */
const NO_SPANS: ReadonlyMap<string, ViewerSpan> = new Map();
const NO_LINES: readonly never[] = [];

/** All that is held of one trace: as it came, until someone looks at it. Sizes are estimated bytes. */
export class GrowingTrace {
  readonly traceId: string;
  readonly seq: number;
  bytes = EMPTY;
  /** Who holds it; nobody once it has made room for others. */
  holder: object | undefined;
  readonly #limits: TraceLimits;
  /** Spans of this process that nobody has looked at yet. */
  #recorded: RecordedSpan[] = [];
  /** The others, by their ids. */
  #spans: Map<string, ViewerSpan> | undefined;
  /** Lines of this process that nobody has looked at yet. */
  #written: WrittenLine[] | undefined;
  /** The others. */
  #lines: LogLine[] | undefined;
  /** What tells lines that came in apart. */
  #lineKeys: Set<string> | undefined;
  #hasOwnLines = false;
  /** Of its lines; undefined while no span of this process was looked at. */
  #origin: LineOrigin | undefined;
  /** Open spans of this process, each from when the first one below it ends. */
  #running: Set<RecordedSpan> | undefined;
  #rootsInFull = 0;
  #droppedSpans = 0;
  #droppedLines = 0;
  #trace: ViewerTrace | undefined;
  #summary: TraceSummary | undefined;

  constructor(holder: object, traceId: string, seq: number, limits: TraceLimits) {
    this.holder = holder;
    this.traceId = traceId;
    this.seq = seq;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#recorded.length === 0 && this.#spans === undefined;
  }

  /** Made when it is first read, until something of the trace comes. */
  get trace(): ViewerTrace {
    if (this.#trace === undefined) {
      this.#convertSpans();
      this.#convertLines();
      const spans = [...(this.#spans ?? NO_SPANS).values()];
      const dropped = { spans: this.#droppedSpans, lines: this.#droppedLines };
      this.#trace = assembleTrace(this.traceId, spans, this.#lines ?? NO_LINES, dropped);
    }
    return this.#trace;
  }

  /** Likewise. */
  get summary(): TraceSummary {
    this.#summary ??= summarise(this.trace, this.seq, this.#runningSpans());
    return this.#summary;
  }

  /** Takes an ended span of this process. */
  addRecorded(span: RecordedSpan, size: number): void {
    this.#changed();
    this.#follow(span);
    if (this.#isFull(size) && !this.#hasRoomForRoot(span)) this.#droppedSpans += 1;
    else {
      this.#recorded.push(span);
      this.bytes += size;
    }
  }

  /** Takes a span that came in. @returns whether it is news. */
  addReceived(span: ViewerSpan, size: number): boolean {
    this.#convertSpans();
    if (this.#spans?.has(span.spanId)) return false;
    this.#changed();
    if (this.#isFull(size)) this.#droppedSpans += 1;
    else {
      this.#spans ??= new Map();
      this.#spans.set(span.spanId, span);
      this.bytes += size;
    }
    return true;
  }

  /** Takes a line of this process, or one that came in. @returns whether it is news. */
  addLine(line: AnyLine, size: number): boolean {
    const cameIn = 'traceId' in line;
    if (cameIn && this.#isKnown(line)) return false;
    this.#changed();
    const lines = (this.#written ?? NO_LINES).length + (this.#lines ?? NO_LINES).length;
    if (lines >= this.#limits.lines || this.bytes + size > this.#limits.bytes) {
      this.#droppedLines += 1;
      return true;
    }
    this.bytes += size;
    if (cameIn) {
      this.#lines ??= [];
      this.#lines.push(line);
      this.#lineKeys ??= new Set();
      this.#lineKeys.add(keyOf(line));
    } else {
      this.#written ??= [];
      this.#written.push(line);
      this.#hasOwnLines = true;
    }
    return true;
  }

  /** Counts lines that were lost before the trace was here. */
  addDroppedLines(count: number): void {
    this.#droppedLines += count;
  }

  /** What is above a span that has ended may run on for long: it can be told of before it ends. */
  #follow(span: RecordedSpan): void {
    this.#running?.delete(span);
    for (let open = span.parent; open !== undefined && !open.ended; open = open.parent) {
      this.#running ??= new Set();
      if (this.#running.has(open)) return;
      this.#running.add(open);
    }
  }

  #changed(): void {
    this.#trace = undefined;
    this.#summary = undefined;
  }

  #isFull(size: number): boolean {
    const spans = this.#recorded.length + (this.#spans ?? NO_SPANS).size;
    return spans >= this.#limits.spans || this.bytes + size > this.#limits.bytes;
  }

  /** The root ends last, and a trace without it is hard to read. */
  #hasRoomForRoot(span: RecordedSpan): boolean {
    if (!span.isLocalRoot || this.#rootsInFull >= ROOTS_IN_FULL) return false;
    this.#rootsInFull += 1;
    return true;
  }

  /** A retry, or what this process exports to itself: then the time is another, but the line is here. */
  #isKnown(line: LogLine): boolean {
    if (this.#lineKeys?.has(keyOf(line))) return true;
    if (!this.#hasOwnLines) return false;
    this.#convertSpans();
    const instance = line.resource['service.instance.id'];
    return instance !== undefined && instance === this.#origin?.resource['service.instance.id'];
  }

  #convertSpans(): void {
    if (this.#recorded.length === 0) return;
    this.#spans ??= new Map();
    for (const span of this.#recorded) {
      const converted = fromRecordedSpan(span);
      if (!this.#spans.has(converted.spanId)) this.#spans.set(converted.spanId, converted);
      this.#origin ??= { clockOffset: span.trace.clockOffset, resource: resourceAttributes(span.resource) };
    }
    this.#recorded = [];
  }

  #convertLines(): void {
    if (this.#written === undefined) return;
    this.#lines ??= [];
    for (const line of this.#written) this.#lines.push(fromLogLine(line, this.#origin));
    this.#written = undefined;
  }

  #runningSpans(): RunningSpan[] {
    return this.#running === undefined ? [] : [...this.#running].map(fromRunningSpan);
  }
}

const keyOf = ({ timeNano, spanId, message }: LogLine): string => `${timeNano} ${spanId} ${message}`;
