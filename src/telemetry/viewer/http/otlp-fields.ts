/**
 * What is read of OTLP's protobuf: numbers, names and types of its fields, from opentelemetry-proto 1.9. The names are
 * those of OTLP's JSON. An `id` is of type bytes too, and hexadecimal in JSON where other bytes are base64.
 */

export type ScalarType = 'string' | 'bytes' | 'id' | 'bool' | 'int64' | 'double' | 'fixed64' | 'fixed32' | 'uint32';

export interface Field {
  name: string;
  /** Of a scalar, or the name of a message. */
  type: ScalarType | MessageName;
  isList: boolean;
}

export type Fields = Readonly<Record<number, Field>>;

const one = (name: string, type: Field['type']): Field => ({ name, type, isList: false });
const list = (name: string, type: Field['type']): Field => ({ name, type, isList: true });

export type MessageName =
  | 'TracesRequest'
  | 'LogsRequest'
  | 'ResourceSpans'
  | 'ScopeSpans'
  | 'Span'
  | 'Event'
  | 'Link'
  | 'Status'
  | 'ResourceLogs'
  | 'ScopeLogs'
  | 'LogRecord'
  | 'Resource'
  | 'Scope'
  | 'KeyValue'
  | 'KeyValueList'
  | 'ArrayValue'
  | 'AnyValue';

export const MESSAGES: Readonly<Record<MessageName, Fields>> = {
  TracesRequest: { 1: list('resourceSpans', 'ResourceSpans') },
  ResourceSpans: { 1: one('resource', 'Resource'), 2: list('scopeSpans', 'ScopeSpans') },
  ScopeSpans: { 1: one('scope', 'Scope'), 2: list('spans', 'Span') },
  Span: {
    1: one('traceId', 'id'),
    2: one('spanId', 'id'),
    3: one('traceState', 'string'),
    4: one('parentSpanId', 'id'),
    5: one('name', 'string'),
    6: one('kind', 'uint32'),
    7: one('startTimeUnixNano', 'fixed64'),
    8: one('endTimeUnixNano', 'fixed64'),
    9: list('attributes', 'KeyValue'),
    10: one('droppedAttributesCount', 'uint32'),
    11: list('events', 'Event'),
    12: one('droppedEventsCount', 'uint32'),
    13: list('links', 'Link'),
    14: one('droppedLinksCount', 'uint32'),
    15: one('status', 'Status'),
    16: one('flags', 'fixed32'),
  },
  Event: { 1: one('timeUnixNano', 'fixed64'), 2: one('name', 'string'), 3: list('attributes', 'KeyValue') },
  Link: {
    1: one('traceId', 'id'),
    2: one('spanId', 'id'),
    3: one('traceState', 'string'),
    4: list('attributes', 'KeyValue'),
    6: one('flags', 'fixed32'),
  },
  Status: { 2: one('message', 'string'), 3: one('code', 'uint32') },
  LogsRequest: { 1: list('resourceLogs', 'ResourceLogs') },
  ResourceLogs: { 1: one('resource', 'Resource'), 2: list('scopeLogs', 'ScopeLogs') },
  ScopeLogs: { 1: one('scope', 'Scope'), 2: list('logRecords', 'LogRecord') },
  LogRecord: {
    1: one('timeUnixNano', 'fixed64'),
    2: one('severityNumber', 'uint32'),
    3: one('severityText', 'string'),
    5: one('body', 'AnyValue'),
    6: list('attributes', 'KeyValue'),
    9: one('traceId', 'id'),
    10: one('spanId', 'id'),
    11: one('observedTimeUnixNano', 'fixed64'),
    12: one('eventName', 'string'),
  },
  Resource: { 1: list('attributes', 'KeyValue') },
  Scope: { 1: one('name', 'string'), 2: one('version', 'string') },
  KeyValue: { 1: one('key', 'string'), 2: one('value', 'AnyValue') },
  KeyValueList: { 1: list('values', 'KeyValue') },
  ArrayValue: { 1: list('values', 'AnyValue') },
  AnyValue: {
    1: one('stringValue', 'string'),
    2: one('boolValue', 'bool'),
    3: one('intValue', 'int64'),
    4: one('doubleValue', 'double'),
    5: one('arrayValue', 'ArrayValue'),
    6: one('kvlistValue', 'KeyValueList'),
    7: one('bytesValue', 'bytes'),
  },
};
