import { type SpanContext, TraceFlags, trace } from '@opentelemetry/api';

type ExemplarPolicy = (spanContext: SpanContext) => boolean;

let isKept: ExemplarPolicy = () => false;

/**
 * Says which sampled traces can be looked up later. Nothing is, until tracing has somewhere to put them: an exemplar
 * that leads nowhere is worse than none.
 */
export const setExemplarPolicy = (policy: ExemplarPolicy): void => {
  isKept = policy;
};

/** The labels of an exemplar that points at `spanContext`, by default the running span's; empty when there is to be none. */
export const exemplarLabels = (
  spanContext: SpanContext | undefined = trace.getActiveSpan()?.spanContext(),
): Record<string, string> => {
  if (!spanContext || (spanContext.traceFlags & TraceFlags.SAMPLED) === 0) return {};
  const { traceId, spanId } = spanContext;
  // OpenMetrics allows 128 characters in all, and prom-client throws beyond them.
  if (traceId.length !== 32 || spanId.length !== 16 || !isKept(spanContext)) return {};
  return { trace_id: traceId, span_id: spanId };
};
