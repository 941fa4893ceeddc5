/**
 * A trace as the viewer shows it, whoever recorded it: spans of this process and what came in as OTLP look the same.
 * Nothing in this folder needs Node or a browser: the server and the page share it.
 */

export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

export type Attributes = Readonly<Record<string, AttributeValue>>;

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type Severity = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface SpanEvent {
  name: string;
  /** Nanoseconds since 1970. */
  timeNano: bigint;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  /** As those of a span. */
  traceState: string;
  flags: number;
  attributes: Attributes;
}

export interface ViewerSpan {
  /** 32 hexadecimal digits in lower case. */
  traceId: string;
  /** 16 of them. */
  spanId: string;
  parentSpanId: string | undefined;
  /** W3C's `tracestate`; '' for none. */
  traceState: string;
  /** As in OTLP: W3C's trace flags, and whether the parent was in another process. */
  flags: number;
  name: string;
  kind: SpanKind;
  /** `service.name` of its resource; `unknown_service` where that is missing. */
  service: string;
  /** Attributes of the resource: one object for all spans of a process. */
  resource: Attributes;
  /** Name of the library that recorded it. */
  scope: string;
  /** '' when it says none. */
  scopeVersion: string;
  startNano: bigint;
  endNano: bigint;
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds, never negative. */
  duration: number;
  status: 'unset' | 'ok' | 'error';
  statusMessage: string;
  attributes: Attributes;
  events: readonly SpanEvent[];
  links: readonly SpanLink[];
  /** What the recorder had no room for. */
  dropped: { attributes: number; events: number; links: number };
}

export interface LogLine {
  traceId: string;
  /** Absent for a line that names its trace only. */
  spanId: string | undefined;
  timeNano: bigint;
  /** Milliseconds since 1970. */
  time: number;
  severity: Severity;
  message: string;
  attributes: Attributes;
  service: string;
  resource: Attributes;
}

export interface ViewerTrace {
  traceId: string;
  /** In the order of their starts, each span id once. */
  spans: readonly ViewerSpan[];
  /** In the order of their times. */
  lines: readonly LogLine[];
  /** Spans and lines that there was no room for. */
  dropped: { spans: number; lines: number };
}
