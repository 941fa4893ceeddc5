import { type Span, trace } from '@opentelemetry/api';
import { RecordedSpan } from '../tracing/recorded-span.ts';

let canBeFound: () => boolean = () => false;

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
  return { trace_id: traceId, span_id: spanId };
};
