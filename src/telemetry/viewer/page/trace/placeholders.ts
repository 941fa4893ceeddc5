import { extentOf } from '../../model/extent.ts';
import type { RunningSpan } from '../../model/summary.ts';
import type { ViewerSpan } from '../../model/trace.ts';

/** Stands for a span that others name as their parent, and that is not here. */
export interface Placeholder {
  /** What is known of it, to the end of the last span that is here; if it is not known to run, of its last child. */
  span: ViewerSpan;
  /** Whether it is known to run; else nothing is known but its id. */
  isRunning: boolean;
}

/**
 * Who stands above spans whose parent is missing, so that those of one parent stand together.
 * @param running the spans that are known to run
 * @returns by their ids: one for each that runs, and one for each other that several spans name as their parent. A
 *   SERVER or CONSUMER stands by itself there: its caller is elsewhere
 */
export const placeholdersFor = (
  spans: readonly ViewerSpan[],
  running: readonly RunningSpan[],
): Map<string, Placeholder> => {
  const placeholders = new Map<string, Placeholder>();
  const known = new Set(spans.map(({ spanId }) => spanId));
  const [first] = spans;
  const extent = extentOf(spans);
  if (!first || !extent) return placeholders;
  for (const span of running) {
    if (known.has(span.spanId)) continue;
    known.add(span.spanId);
    const { spanId, parentSpanId, name, kind, service, start } = span;
    const unknown = unknownSpan(first.traceId, start, extent.end);
    placeholders.set(spanId, { isRunning: true, span: { ...unknown, spanId, parentSpanId, name, kind, service } });
  }
  const orphans = spans.filter(
    ({ parentSpanId, kind }) =>
      parentSpanId !== undefined && !known.has(parentSpanId) && kind !== 'server' && kind !== 'consumer',
  );
  for (const [spanId, children] of Map.groupBy(orphans, ({ parentSpanId }) => parentSpanId ?? '')) {
    const [child] = children;
    const { start, end } = extentOf(children) ?? extent;
    if (!child || children.length === 1) continue;
    const span = { ...unknownSpan(child.traceId, start, end), spanId, service: child.service };
    placeholders.set(spanId, { isRunning: false, span });
  }
  return placeholders;
};

/** @param start milliseconds since 1970, as `end` */
const unknownSpan = (traceId: string, start: number, end: number): ViewerSpan => ({
  traceId,
  spanId: '',
  // One that is nowhere: what names no parent would stand before the others.
  parentSpanId: '',
  traceState: '',
  flags: 0,
  name: 'a span that is not here',
  kind: 'unspecified',
  service: '',
  resource: {},
  scope: '',
  scopeVersion: '',
  startNano: BigInt(Math.round(start * 1e6)),
  endNano: BigInt(Math.round(end * 1e6)),
  start,
  duration: Math.max(0, end - start),
  status: 'unset',
  statusMessage: '',
  attributes: {},
  events: [],
  links: [],
  dropped: { attributes: 0, events: 0, links: 0 },
});
