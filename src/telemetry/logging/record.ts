import { isSpanContextValid, trace } from '@opentelemetry/api';
import { currentScope } from '../scope.ts';
import { redactAndCut } from '../secrets-in-text.ts';
import { RecordedSpan } from '../tracing/recorded-span.ts';
import { plainCopy } from './plain.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Severity as winston counts it: the smaller the more severe. */
export const LEVELS: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** What every line of a process says about it. */
export interface Resource {
  service: string;
  environment: string;
  version: string;
}

/** One log line before it is text, its keys in the order of the line. */
interface LogRecord extends Resource {
  timestamp: string;
  level: Level;
  message: string;
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
  request_id?: string;
  user_id?: string;
}

export interface Line {
  record: LogRecord;
  fields: Record<string, unknown>;
  /** The record and the fields as JSON, with the line end. At most 32 KiB. */
  json: string;
}

const MAX_LINE_BYTES = 32 * 1024;

/** Longest text in a line, tried one after the other until the line is short enough. */
const TEXT_LIMITS = [8 * 1024, 2 * 1024, 512, 64] as const;

const CORE = new Set([
  'timestamp',
  'level',
  'message',
  'service',
  'environment',
  'version',
  'trace_id',
  'span_id',
  'trace_flags',
  'request_id',
  'user_id',
]);

/** What JSON leaves as it is though a terminal obeys it or a reader breaks the line at it: C1 controls and the like. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Makes the line for `message`, with the ids of the running span and request. Never throws. */
export const makeLine = (
  resource: Resource,
  level: Level,
  message: string,
  given: Readonly<Record<string, unknown>>,
): Line => {
  const now = new Date().toISOString();
  for (const limit of TEXT_LIMITS) {
    const record = makeRecord(resource, now, level, redactAndCut(String(message), limit), given);
    const fields = plainFields(given, record, limit);
    const json = asJson(record, fields);
    if (json.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(json) <= MAX_LINE_BYTES) return { record, fields, json };
  }
  const record = makeRecord(resource, now, level, redactAndCut(String(message), 512), {});
  const fields = { fields_left_out: true };
  return { record, fields, json: asJson(record, fields) };
};

const makeRecord = (
  resource: Resource,
  timestamp: string,
  level: Level,
  message: string,
  given: Readonly<Record<string, unknown>>,
): LogRecord => {
  const { service, environment, version } = resource;
  const record: LogRecord = { timestamp, level, message, service, environment, version };
  const active = trace.getActiveSpan();
  const span = active?.spanContext();
  if (span !== undefined && (active instanceof RecordedSpan || isSpanContextValid(span))) {
    record.trace_id = span.traceId;
    record.span_id = span.spanId;
    record.trace_flags = span.traceFlags.toString(16).padStart(2, '0');
  }
  const scope = currentScope();
  const requestId = scope?.requestId ?? given.request_id;
  const userId = scope?.userId ?? given.user_id;
  if (typeof requestId === 'string') record.request_id = redactAndCut(requestId, 200);
  if (typeof userId === 'string') record.user_id = redactAndCut(userId, 200);
  return record;
};

/** The fields that are not in `record` already. One that is named as a key of the record is, but says something else, is renamed. */
const plainFields = (
  given: Readonly<Record<string, unknown>>,
  record: LogRecord,
  limit: number,
): Record<string, unknown> => {
  const fields = plainCopy(given, limit);
  for (const name of Object.keys(fields)) {
    if (!CORE.has(name)) continue;
    if (fields[name] !== record[name as keyof LogRecord]) fields[`field_${name}`] = fields[name];
    delete fields[name];
  }
  return fields;
};

/** In two parts, since JavaScript would put a field named `1` before everything else. */
const asJson = (record: LogRecord, fields: Record<string, unknown>): string => {
  const head = JSON.stringify(record);
  const tail = JSON.stringify(fields);
  const line = tail === '{}' ? head : `${head.slice(0, -1)},${tail.slice(1)}`;
  return `${line.replace(UNSAFE, escaped)}\n`;
};
