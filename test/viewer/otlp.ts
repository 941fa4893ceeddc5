import { randomBytes } from 'node:crypto';

/** A value of an attribute; numbers become int64 where they are whole. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };
export type Values = Readonly<Record<string, Value>>;

/** A span as a test writes it down; what is missing has a default that means nothing. */
export interface FixtureSpan {
  id: string;
  parent?: string | undefined;
  name: string;
  /** Milliseconds from the start of the trace. */
  at: number;
  /** Milliseconds. */
  took: number;
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  service?: string;
  scope?: string;
  traceState?: string;
  attributes?: Values;
  /** `at`: milliseconds from the start of the trace, as everywhere here. */
  events?: readonly { name: string; at: number; attributes?: Values }[];
  links?: readonly { traceId: string; spanId: string; attributes?: Values }[];
  error?: string;
}

export interface FixtureLine {
  span?: string;
  at: number;
  severity?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  message: string;
  attributes?: Values;
  service?: string;
}

export interface FixtureTrace {
  traceId: string;
  /** Milliseconds since 1970. */
  start: number;
  spans: readonly FixtureSpan[];
  lines?: readonly FixtureLine[];
}

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const SEVERITIES = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 };
const SERVICE = 'shop';

export const newTraceId = (): string => randomBytes(16).toString('hex');

/** The id of the n-th span of a trace, from 0. */
export const spanId = (n: number): string => (n + 1).toString(16).padStart(16, '0');

const anyValue = (value: Value): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Values) } };
};

const keyValues = (values: Values = {}): object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));

const resource = (service: string): object => ({
  attributes: keyValues({ 'service.name': service, 'service.version': '1.2.3' }),
});

/** The body of a POST to /v1/traces, in OTLP's JSON encoding. */
export const tracesBody = (traces: readonly FixtureTrace[]): object => {
  const spans = traces.flatMap(({ traceId, start, spans }) => {
    const nano = (at: number): string => String(BigInt(Math.round(start * 1000 + at * 1000)) * 1000n);
    return spans.map((span) => ({
      service: span.service ?? SERVICE,
      scope: span.scope ?? 'fixture',
      span: {
        traceId,
        spanId: span.id,
        ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
        ...(span.traceState === undefined ? {} : { traceState: span.traceState }),
        name: span.name,
        kind: KINDS[span.kind ?? 'internal'],
        startTimeUnixNano: nano(span.at),
        endTimeUnixNano: nano(span.at + span.took),
        attributes: keyValues(span.attributes),
        events: (span.events ?? []).map((event) => ({
          name: event.name,
          timeUnixNano: nano(event.at),
          attributes: keyValues(event.attributes),
        })),
        links: (span.links ?? []).map((link) => ({ ...link, attributes: keyValues(link.attributes) })),
        status: span.error === undefined ? {} : { code: 2, message: span.error },
      },
    }));
  });
  return {
    resourceSpans: [...Map.groupBy(spans, ({ service }) => service)].map(([service, ofService]) => ({
      resource: resource(service),
      scopeSpans: [...Map.groupBy(ofService, ({ scope }) => scope)].map(([name, ofScope]) => ({
        scope: { name },
        spans: ofScope.map(({ span }) => span),
      })),
    })),
  };
};

/** The body of a POST to /v1/logs. */
export const logsBody = (traces: readonly FixtureTrace[]): object => {
  const lines = traces.flatMap(({ traceId, start, lines = [] }) =>
    lines.map((line) => ({
      service: line.service ?? SERVICE,
      record: {
        traceId,
        ...(line.span === undefined ? {} : { spanId: line.span }),
        timeUnixNano: String(BigInt(Math.round((start + line.at) * 1000)) * 1000n),
        severityNumber: SEVERITIES[line.severity ?? 'INFO'],
        severityText: line.severity ?? 'INFO',
        body: { stringValue: line.message },
        attributes: keyValues(line.attributes),
      },
    })),
  );
  return {
    resourceLogs: [...Map.groupBy(lines, ({ service }) => service)].map(([service, ofService]) => ({
      resource: resource(service),
      scopeLogs: [{ scope: { name: 'fixture' }, logRecords: ofService.map(({ record }) => record) }],
    })),
  };
};

const post = async (url: string, body: object): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const { partialSuccess } = (response.ok ? JSON.parse(text) : {}) as { partialSuccess?: object };
  if (!response.ok || partialSuccess) throw new Error(`${url}: ${response.status} ${text}`);
};

/** Sends traces and their log lines to a viewer, as any program would. @throws when not all of it is taken. */
export const send = async (viewer: string, ...traces: FixtureTrace[]): Promise<void> => {
  // 16 MiB are the limit of one request.
  for (let from = 0; from < traces.length; from += 200) {
    const some = traces.slice(from, from + 200);
    await post(`${viewer}/v1/traces`, tracesBody(some));
    if (some.some(({ lines = [] }) => lines.length > 0)) await post(`${viewer}/v1/logs`, logsBody(some));
  }
};
