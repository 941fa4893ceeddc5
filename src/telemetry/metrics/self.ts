import { LabelValues } from './labels.ts';
import { counter, gauge, histogram } from './registry.ts';

/** Telemetry watching itself: what was recorded, what left the process, and what was lost on the way. */

let started = 0;
counter('telemetry_spans_started_total', 'Spans started, kept or not.', [], function collect() {
  this.reset();
  this.inc(started);
});
const spansExported = counter('telemetry_spans_exported_total', 'Spans that the receiver accepted.');
const spansDropped = counter('telemetry_spans_dropped_total', 'Spans that should have been exported and were lost.', [
  'reason',
]);
const exportSeconds = histogram(
  'telemetry_export_duration_seconds',
  'Time of one attempt to export a batch, with the repeats of the OTLP exporter in it.',
  [],
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);
const exportFailures = counter(
  'telemetry_export_failures_total',
  'Attempts to export a batch that failed. What is lost by that is in telemetry_spans_dropped_total.',
  ['reason'],
);
const tracesKept = counter(
  'telemetry_traces_kept_total',
  'Parts of traces kept, one per local root, by why: rate, error, slow, mark.',
  ['reason'],
);
const exporterUp = gauge('telemetry_exporter_up', 'Whether the last attempt to export succeeded: 1 or 0.');
let readLinesLost: () => number = () => 0;
counter('telemetry_log_lines_lost_total', 'Log lines that could not be written.', [], function collect() {
  this.reset();
  this.inc(readLinesLost());
});

/** Registers where the number of lost log lines is read from, at every scrape. */
export const watchLogLinesLost = (source: () => number): void => {
  readLinesLost = source;
};

const instrumentationActive = gauge('telemetry_instrumentation_active', 'Whether what makes spans took hold: 1 or 0.', [
  'name',
]);

// A series that starts at zero shows its first increase; one that appears with its first value hides it from rate().
for (const reason of ['rate', 'error', 'slow', 'mark'] as const) tracesKept.inc({ reason }, 0);

const reasons = new LabelValues('(other)', 50);
const names = new LabelValues('(other)', 100, /^[\w@/:.-]{1,100}$/);

let readQueue: () => number = () => 0;
gauge('telemetry_export_queue_spans', 'Spans waiting to be exported, or under way.', [], function collect() {
  this.set(readQueue());
});

let readBuffer: () => number = () => 0;
gauge(
  'telemetry_buffered_spans',
  'Spans of traces of which it is not decided yet whether they are kept.',
  [],
  function collect() {
    this.set(readBuffer());
  },
);

/** Registers where the number of undecided spans is read from, at every scrape. */
export const watchSpanBuffer = (source: () => number): void => {
  readBuffer = source;
};

/** Registers where the length of the export queue is read from, at every scrape. */
export const watchExportQueue = (source: () => number): void => {
  readQueue = source;
};

/** A plain number until someone asks: this is called for each span of each request. */
export const recordSpanStarted = (): void => {
  started += 1;
};

export const recordSpansExported = (count: number): void => {
  if (count > 0) spansExported.inc(count);
};

/**
 * Counts spans that should have been exported and were lost.
 * @param reason queue_full, export_failed, shut_down, buffer_full, late
 */
export const recordSpansDropped = (reason: string, count: number): void => {
  if (count > 0) spansDropped.inc({ reason: reasons.of(reason) }, count);
};

/** Counts one attempt to export a batch, which took `seconds`; `failure` says in a word why it failed, if it did. */
export const recordExport = (seconds: number, failure?: string): void => {
  if (seconds >= 0) exportSeconds.observe({}, seconds);
  exporterUp.set(failure === undefined ? 1 : 0);
  if (failure !== undefined) exportFailures.inc({ reason: reasons.of(failure) });
};

export const setExporterUp = (up: boolean): void => exporterUp.set(up ? 1 : 0);

/** Counts one part of a trace, what is under one local root, that is kept, and why. */
export const recordTraceKept = (reason: 'rate' | 'error' | 'slow' | 'mark'): void => tracesKept.inc({ reason });

/** Says whether what makes spans took hold: of what is patched, whether it is; what is built in does. */
export const setInstrumentationActive = (name: string, active: boolean): void =>
  instrumentationActive.set({ name: names.of(name) }, active ? 1 : 0);
