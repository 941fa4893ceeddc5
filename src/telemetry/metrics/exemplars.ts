import { type Span, trace } from '@opentelemetry/api';
import type { LocalTrace } from '../tracing/local-trace.ts';
import { RecordedSpan } from '../tracing/recorded-span.ts';

let canBeFound: () => boolean = () => false;

/** What the labels of each exemplar point at. */
const traces = new WeakMap<Record<string, string>, LocalTrace>();

/**
 * Says whether kept traces can be looked up. None can, until tracing has somewhere to put them: an exemplar that leads
 * nowhere is worse than none.
 */
export const setExemplarPolicy = (policy: () => boolean): void => {
  canBeFound = policy;
};

/**
 * The labels of an exemplar that points at `span`, by default the running one. Empty unless it is certain by now that
 * its trace is kept, and whole.
 */
export const exemplarLabels = (span: Span | undefined = trace.getActiveSpan()): Record<string, string> => {
  if (!(span instanceof RecordedSpan) || span.trace.kept === undefined || span.trace.lost > 0 || !canBeFound())
    return {};
  const { traceId, spanId } = span.spanContext();
  const labels = { trace_id: traceId, span_id: spanId };
  traces.set(labels, span.trace);
  return labels;
};

/** Whether the trace of an exemplar can still be looked up: it may have been lost on its way since. */
export const leadsToTrace = (labels: Record<string, string>): boolean => {
  const local = traces.get(labels);
  return local === undefined || (local.lost === 0 && (local.arrived || canBeFound()));
};
