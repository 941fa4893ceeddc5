import type { LogLine, ViewerSpan, ViewerTrace } from '../../model/trace.ts';

export const TRACE_ID = '0123456789abcdef0123456789abcdef';
/** Milliseconds since 1970. */
export const BEGAN = 1_700_000_000_000;

const nano = (ms: number): bigint => BigInt(BEGAN) * 1_000_000n + BigInt(Math.round(ms * 1e6));

/** A span for tests. @param start milliseconds after `BEGAN` */
export const span = (
  spanId: string,
  parentSpanId: string | undefined,
  start: number,
  duration: number,
  more: Partial<ViewerSpan> = {},
): ViewerSpan => ({
  traceId: TRACE_ID,
  spanId,
  parentSpanId,
  name: spanId,
  kind: 'internal',
  service: 'api',
  resource: {},
  scope: '',
  startNano: nano(start),
  endNano: nano(start + duration),
  start: BEGAN + start,
  duration,
  status: 'unset',
  statusMessage: '',
  attributes: {},
  events: [],
  links: [],
  dropped: { attributes: 0, events: 0, links: 0 },
  ...more,
});

/** A log line for tests. @param time milliseconds after `BEGAN` */
export const line = (spanId: string | undefined, time: number, more: Partial<LogLine> = {}): LogLine => ({
  traceId: TRACE_ID,
  spanId,
  timeNano: nano(time),
  time: BEGAN + time,
  severity: 'info',
  message: `at ${time}`,
  attributes: {},
  service: 'api',
  resource: {},
  ...more,
});

export const traceOf = (spans: readonly ViewerSpan[], lines: readonly LogLine[] = []): ViewerTrace => ({
  traceId: TRACE_ID,
  spans,
  lines,
  dropped: { spans: 0, lines: 0 },
});
