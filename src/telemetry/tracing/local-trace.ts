import type { TraceState } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { RecordedSpan } from './recorded-span.ts';
import { wallClockOffset } from './span-time.ts';

/** Why a trace is kept: the head decision, an error in it, its duration, or because someone asked for it. */
export type KeepReason = 'rate' | 'error' | 'slow' | 'mark';

/** Who decides which traces are kept; each tells it what happens. */
export interface Keeper {
  /** The process that the spans are of. */
  readonly resource: Resource;
  spanStarted(span: RecordedSpan): void;
  spanEnded(span: RecordedSpan): void;
  marked(trace: LocalTrace, reason: KeepReason): void;
}

/** What the spans of one request, or of one job, share in this process. A trace id may have several of these. */
export class LocalTrace {
  readonly traceId: string;
  /** The head decision, which goes downstream with the trace. */
  readonly sampled: boolean;
  /** The flags of `traceparent`, with the head decision among them. */
  readonly flags: number;
  /** Whether spans are recorded at all: a trace that cannot become kept only lends its ids. */
  readonly recording: boolean;
  readonly keeper: Keeper;
  /** What the caller's tracing system wants handed on. */
  readonly state: TraceState | undefined;
  /** Added to `performance.now()`: milliseconds since 1970. */
  readonly clockOffset = wallClockOffset();
  root: RecordedSpan | undefined;
  /** Set once it is certain that the trace is kept, never taken back. */
  kept: KeepReason | undefined;
  /** Ended spans that wait for the decision. */
  waiting: RecordedSpan[] = [];
  /** Spans that have started and not ended. */
  open = 0;
  /** Spans that are missing from what was kept: dropped on the way, for whatever reason. */
  lost = 0;
  /** Whether some of it is known to have arrived where traces are looked up. */
  arrived = false;
  /** Milliseconds since 1970: whether it was slow is judged by its duration from then on, not from its root's start. */
  judgedFrom: number | undefined;
  /** Milliseconds since 1970: whether it was slow is judged by its duration until then, not until its root's end. */
  judgedAt: number | undefined;
  /** Where a sink that puts traces together has this one, so that it need not look for it at each span. */
  gatheredIn: object | undefined;
  /** The decision fell against it; what comes now is not looked at. */
  discarded = false;

  constructor(
    keeper: Keeper,
    {
      traceId,
      sampled,
      flags,
      recording,
      state,
    }: Pick<LocalTrace, 'traceId' | 'sampled' | 'flags' | 'recording' | 'state'>,
  ) {
    this.keeper = keeper;
    this.traceId = traceId;
    this.sampled = sampled;
    this.flags = flags;
    this.recording = recording;
    this.state = state;
    this.kept = sampled ? 'rate' : undefined;
  }

  /** Has the trace kept whatever the rate. */
  mark(reason: KeepReason): void {
    if (this.recording && this.kept === undefined) this.keeper.marked(this, reason);
  }
}
