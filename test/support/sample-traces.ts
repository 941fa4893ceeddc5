import type { TraceSummary } from '../../src/telemetry/viewer/model/summary.ts';
import type { LogLine, ViewerSpan, ViewerTrace } from '../../src/telemetry/viewer/model/trace.ts';

/** When sample traces begin, in milliseconds since 1970. */
export const traceStart = 1_700_000_000_000;
export const sampleTraceId = 'a'.repeat(32);

const resource = { 'service.name': 'api' };

/** A span of 10 ms. `at` is when it starts, in milliseconds after the trace; `id` and `parent` are short ids. */
export function sampleSpan({
  id,
  parent,
  at = 0,
  duration = 10,
  ...rest
}: { id: string; parent?: string | undefined; at?: number } & Partial<ViewerSpan>): ViewerSpan {
  const startNano = BigInt(traceStart) * 1_000_000n + BigInt(Math.round(at * 1e6));
  return {
    traceId: sampleTraceId,
    spanId: sampleSpanId(id),
    parentSpanId: parent === undefined ? undefined : sampleSpanId(parent),
    traceState: '',
    flags: 0x101,
    name: id,
    kind: 'internal',
    service: 'api',
    resource,
    scope: 'sidechain',
    scopeVersion: '1.2.3',
    startNano,
    endNano: startNano + BigInt(Math.round(duration * 1e6)),
    start: traceStart + at,
    duration,
    status: 'unset',
    statusMessage: '',
    attributes: {},
    events: [],
    links: [],
    dropped: { attributes: 0, events: 0, links: 0 },
    ...rest,
  };
}

export const sampleSpanId = (id: string) => id.padStart(16, '0');

export function sampleLine(message: string, rest: Partial<LogLine> = {}): LogLine {
  return {
    traceId: sampleTraceId,
    spanId: undefined,
    timeNano: BigInt(traceStart) * 1_000_000n,
    time: traceStart,
    severity: 'info',
    message,
    attributes: {},
    service: 'api',
    resource,
    ...rest,
  };
}

/** Spans in the order given: give them in the order of their starts, as a trace has them. */
export function sampleTrace(spans: readonly ViewerSpan[], lines: readonly LogLine[] = []): ViewerTrace {
  return { traceId: sampleTraceId, spans, lines, dropped: { spans: 0, lines: 0 } };
}

export function sampleSummary(rest: Partial<TraceSummary> = {}): TraceSummary {
  return {
    traceId: sampleTraceId,
    seq: 1,
    name: 'GET /feed',
    method: 'GET',
    route: '/feed',
    path: '/feed',
    statusCode: 200,
    userId: undefined,
    feedType: undefined,
    cacheHit: undefined,
    start: traceStart,
    duration: 10,
    services: ['api'],
    spans: 1,
    queries: 0,
    repeatedQueries: 0,
    lines: 0,
    errors: 0,
    failed: false,
    complete: true,
    running: [],
    ...rest,
  };
}

/** A span whose ids stay as short as they are given. @param at when it starts, in milliseconds after the trace */
export const shortSpan = (
  spanId: string,
  parentSpanId: string | undefined,
  at: number,
  duration: number,
  rest: Partial<ViewerSpan> = {},
): ViewerSpan => sampleSpan({ id: spanId, at, duration, spanId, parentSpanId, resource: {}, ...rest });

/** A line of a span with a short id. @param at when it was written, in milliseconds after the trace */
export const shortLine = (spanId: string | undefined, at: number, rest: Partial<LogLine> = {}): LogLine => {
  const timeNano = BigInt(traceStart) * 1_000_000n + BigInt(Math.round(at * 1e6));
  return sampleLine(`at ${at}`, { spanId, timeNano, time: traceStart + at, resource: {}, ...rest });
};
