import type { ReceivedSpan } from './spans.ts';

/** A trace as far as one service made it. */
export type Trace = readonly ReceivedSpan[];

export const byTraceId = (spans: readonly ReceivedSpan[]): Map<string, Trace> =>
  Map.groupBy(spans, ({ traceId }) => traceId);

/** The span of the whole request: its parent, if any, is in another service. */
const isLocalRoot = ({ name }: ReceivedSpan): boolean => /^(GET|POST|PUT|DELETE) \//.test(name);

/**
 * What a trace looks like: which span has which parent, by their names, with how often. Two traces that are told the same
 * way have the same tree. A parent that is missing, unless it is another service's, makes a shape that no whole trace has.
 */
export const shapeOf = (trace: Trace): string => {
  const names = new Map(trace.map(({ spanId, name }) => [spanId, name]));
  return trace
    .map((span) => `${isLocalRoot(span) ? '' : (names.get(span.parentSpanId) ?? '(missing)')} > ${span.name}`)
    .sort()
    .join('\n');
};

/** Of W3C's `traceparent`: version, trace id, span id, flags. */
export const parseTraceparent = (text: string | undefined): { traceId: string; sampled: boolean } => {
  const [, traceId = '', , flags = '00'] = (text ?? '').split('-');
  return { traceId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};
