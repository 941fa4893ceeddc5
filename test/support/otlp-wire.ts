import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { z } from 'zod';

/** One span as it arrived, in the terms of the specification. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  /** Whether the parent is in another process. */
  remoteParent: boolean;
  name: string;
  kind: 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  /** Unix time in nanoseconds. */
  start: bigint;
  end: bigint;
  durationMs: number;
  attributes: Record<string, unknown>;
  events: { name: string; time: bigint; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string; attributes: Record<string, unknown> }[];
  status: { code: 'UNSET' | 'OK' | 'ERROR'; message: string };
  traceState: string;
  resource: Record<string, unknown>;
  scope: string;
}

export interface LogRecord {
  traceId: string | undefined;
  spanId: string | undefined;
  time: bigint;
  severity: string;
  body: unknown;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const;

// An empty id is how protobuf says that there is none.
const id = (length: number) =>
  z
    .string()
    .toLowerCase()
    .regex(new RegExp(`^[0-9a-f]{${length}}$`))
    .refine((value) => !/^0+$/.test(value), 'all zeros');
const optionalId = (length: number) => z.union([z.literal('').transform(() => undefined), id(length)]).optional();
const nanoseconds = z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).transform(BigInt);

type AnyValue = string | number | boolean | undefined | AnyValue[] | { [key: string]: AnyValue };
const anyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z
    .object({
      stringValue: z.string(),
      boolValue: z.boolean(),
      intValue: z.union([z.string().regex(/^-?\d+$/), z.int()]).transform(Number),
      doubleValue: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]),
      arrayValue: z.object({ values: z.array(anyValue).default([]) }).transform(({ values }) => values),
      kvlistValue: z.object({ values: z.lazy(() => attributes) }).transform(({ values }) => values as AnyValue),
      bytesValue: z.string(),
    })
    .partial()
    .refine((value) => Object.keys(value).length <= 1, 'more than one value')
    .transform((value) => Object.values(value)[0] as AnyValue),
);
const attributes = z
  .array(z.object({ key: z.string().min(1), value: anyValue.optional() }))
  .default([])
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'an attribute twice')
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])) as Record<string, unknown>);

const resource = z.object({ attributes }).optional();
const scope = z.object({ name: z.string().default('') }).optional();

const HAS_REMOTE_PARENT = 0x200;

const span = z
  .object({
    traceId: id(32),
    spanId: id(16),
    parentSpanId: optionalId(16),
    name: z.string().min(1),
    kind: z.int().min(0).max(5).default(0),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
    events: z.array(z.object({ name: z.string(), timeUnixNano: nanoseconds, attributes })).default([]),
    links: z.array(z.object({ traceId: id(32), spanId: id(16), attributes })).default([]),
    status: z
      .object({ code: z.int().min(0).max(2).default(0), message: z.string().default('') })
      .default({ code: 0, message: '' }),
    traceState: z.string().default(''),
    flags: z.int().nonnegative().default(0),
  })
  .refine((value) => value.endTimeUnixNano >= value.startTimeUnixNano, 'ends before it starts');

const traceRequest = z
  .object({
    resourceSpans: z
      .array(
        z.object({ resource, scopeSpans: z.array(z.object({ scope, spans: z.array(span).default([]) })).default([]) }),
      )
      .default([]),
  })
  .transform(({ resourceSpans }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map(
          ({
            parentSpanId,
            kind,
            startTimeUnixNano: start,
            endTimeUnixNano: end,
            events,
            status,
            flags,
            ...rest
          }): Span => ({
            ...rest,
            parentSpanId,
            remoteParent: (flags & HAS_REMOTE_PARENT) !== 0,
            kind: KINDS[kind] ?? 'UNSPECIFIED',
            start,
            end,
            durationMs: Number(end - start) / 1e6,
            events: events.map(({ timeUnixNano: time, ...event }) => ({ ...event, time })),
            status: { code: STATUSES[status.code] ?? 'UNSET', message: status.message },
            resource: resource?.attributes ?? {},
            scope: scope?.name ?? '',
          }),
        ),
      ),
    ),
  );

const logRecord = z.object({
  traceId: optionalId(32),
  spanId: optionalId(16),
  timeUnixNano: nanoseconds.default(0n),
  severityText: z.string().default(''),
  body: anyValue.optional(),
  attributes,
});

const logRequest = z
  .object({
    resourceLogs: z
      .array(
        z.object({
          resource,
          scopeLogs: z.array(z.object({ scope, logRecords: z.array(logRecord).default([]) })).default([]),
        }),
      )
      .default([]),
  })
  .transform(({ resourceLogs }) =>
    resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) =>
        logRecords.map(
          ({ timeUnixNano, severityText, ...rest }): LogRecord => ({
            traceId: rest.traceId,
            spanId: rest.spanId,
            time: timeUnixNano,
            severity: severityText,
            body: rest.body,
            attributes: rest.attributes,
            resource: resource?.attributes ?? {},
          }),
        ),
      ),
    ),
  );

const { root } = protobuf.parse(readFileSync(new URL('./otlp.proto', import.meta.url), 'utf8'));

/** Protobuf in the shape of OTLP's JSON, where ids are hexadecimal and not base64. */
const fromProtobuf = (type: string, body: Buffer): unknown => {
  const message = root.lookupType(type);
  const plain: unknown = message.toObject(message.decode(body), { longs: String, bytes: Array });
  const ids = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) {
      if (/^(traceId|spanId|parentSpanId)$/.test(key)) return Buffer.from(value as number[]).toString('hex');
      return key === 'bytesValue' ? Buffer.from(value as number[]).toString('base64') : value.map((item) => ids(item));
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, ids(inner, name)]));
  };
  return ids(plain);
};

const decode = (type: string, contentType: string, body: Buffer): unknown =>
  contentType === 'application/json' ? JSON.parse(body.toString('utf8')) : fromProtobuf(type, body);

/** @throws when the body is not what an OTLP exporter may send. */
export const decodeTraces = (contentType: string, body: Buffer): Span[] =>
  traceRequest.parse(decode('ExportTraceServiceRequest', contentType, body));

/** @throws when the body is not what an OTLP exporter may send. */
export const decodeLogs = (contentType: string, body: Buffer): LogRecord[] =>
  logRequest.parse(decode('ExportLogsServiceRequest', contentType, body));
