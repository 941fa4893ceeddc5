import type { ViewerSpan } from './trace.ts';

/** From the first start to the last end of all spans, in milliseconds since 1970; undefined when there are none. */
export function extentOf(spans: readonly ViewerSpan[]): { start: number; end: number } | undefined {
  if (spans.length === 0) return undefined;
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const span of spans) {
    start = Math.min(start, span.start);
    end = Math.max(end, span.start + span.duration);
  }
  return { start, end };
}
