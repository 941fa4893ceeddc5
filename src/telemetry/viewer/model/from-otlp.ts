import { readKind, readSeverity, readStatus } from './otlp-enums.ts';
import { type Grouped, LINE_LISTS, readGroups, readRoot, SPAN_LISTS, takeEach } from './otlp-groups.ts';
import {
  type JsonObject,
  OtlpError,
  readCount,
  readId,
  readObject,
  readShortList,
  readString,
  readTime,
} from './otlp-json.ts';
import { readAttributes, readValue } from './otlp-value.ts';
import type { Attributes, LogLine, SpanEvent, SpanLink, ViewerSpan, ViewerTrace } from './trace.ts';

export { OtlpError };

export interface ReadSpans {
  spans: ViewerSpan[];
  /** How many were left out because something was wrong with them. */
  rejected: number;
  /** What was wrong with the first of those, and where it stands. */
  problem: string | undefined;
}

export interface ReadLines extends Pick<ReadSpans, 'rejected' | 'problem'> {
  lines: LogLine[];
}

const NANOS_PER_MS = 1e6;

/** `service.name` of a resource, as text. */
export const serviceOf = (resource: Attributes): string => {
  const name = resource['service.name'];
  return typeof name === 'string' && name !== '' ? name : 'unknown_service';
};

const event = (element: unknown): SpanEvent => {
  const json = readObject(element, 'an event');
  return {
    name: readString(json.name, 'an event’s name'),
    timeNano: readTime(json.timeUnixNano, 'an event’s timeUnixNano'),
    attributes: readAttributes(json.attributes, 'an event’s attributes'),
  };
};

const link = (element: unknown): SpanLink => {
  const json = readObject(element, 'a link');
  return {
    traceId: readId(json.traceId, 16, 'a link’s traceId'),
    spanId: readId(json.spanId, 8, 'a link’s spanId'),
    traceState: readString(json.traceState, 'a link’s traceState'),
    flags: readCount(json.flags),
    attributes: readAttributes(json.attributes, 'a link’s attributes'),
  };
};

/** @throws OtlpError */
const requiredId = (json: JsonObject, name: 'traceId' | 'spanId', bytes: 8 | 16): string => {
  const id = readId(json[name], bytes, name);
  if (id === '') throw new OtlpError(`${name} is missing or all zeros`);
  return id;
};

const span = ({ json: element, resource, scope, scopeVersion }: Grouped): ViewerSpan => {
  const json = readObject(element, 'the span');
  const startNano = readTime(json.startTimeUnixNano, 'startTimeUnixNano');
  if (startNano === 0n) throw new OtlpError('startTimeUnixNano is missing');
  const nanos = readTime(json.endTimeUnixNano, 'endTimeUnixNano') - startNano;
  const endNano = nanos < 0n ? startNano : startNano + nanos;
  const status = readObject(json.status, 'status');
  return {
    traceId: requiredId(json, 'traceId', 16),
    spanId: requiredId(json, 'spanId', 8),
    parentSpanId: readId(json.parentSpanId, 8, 'parentSpanId') || undefined,
    traceState: readString(json.traceState, 'traceState'),
    flags: readCount(json.flags),
    name: readString(json.name, 'name'),
    kind: readKind(json.kind),
    service: serviceOf(resource),
    resource,
    scope,
    scopeVersion,
    startNano,
    endNano,
    start: Number(startNano) / NANOS_PER_MS,
    duration: Number(endNano - startNano) / NANOS_PER_MS,
    status: readStatus(status.code),
    statusMessage: readString(status.message, 'status.message'),
    attributes: readAttributes(json.attributes, 'attributes'),
    events: readShortList(json.events, 'events').map(event),
    links: readShortList(json.links, 'links').map(link),
    dropped: {
      attributes: readCount(json.droppedAttributesCount),
      events: readCount(json.droppedEventsCount),
      links: readCount(json.droppedLinksCount),
    },
  };
};

/** What a line says: its body as text, else the name of the event that it is. */
const messageOf = (json: JsonObject): string => {
  const body = readValue(json.body, 'body');
  if (body === null) return readString(json.eventName, 'eventName');
  if (typeof body !== 'object') return String(body);
  return JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
};

const line = ({ json: element, resource }: Grouped): LogLine | undefined => {
  const json = readObject(element, 'the log record');
  const traceId = readId(json.traceId, 16, 'traceId');
  if (traceId === '') return undefined;
  const timeNano =
    readTime(json.timeUnixNano, 'timeUnixNano') || readTime(json.observedTimeUnixNano, 'observedTimeUnixNano');
  if (timeNano === 0n) throw new OtlpError('timeUnixNano is missing');
  return {
    traceId,
    spanId: readId(json.spanId, 8, 'spanId') || undefined,
    timeNano,
    time: Number(timeNano) / NANOS_PER_MS,
    severity: readSeverity(json.severityNumber, json.severityText),
    message: messageOf(json),
    attributes: readAttributes(json.attributes, 'attributes'),
    service: serviceOf(resource),
    resource,
  };
};

/**
 * The spans in OTLP's JSON: a request to export, TracesData, or what Tempo's API answers.
 * A span that is wrong is left out and counted; a negative duration becomes 0.
 * @throws OtlpError when it is no such thing at all
 */
export const readOtlpTraces = (json: unknown): ReadSpans => {
  const { taken, ...rest } = takeEach(readGroups(readRoot(json), SPAN_LISTS), span);
  return { spans: taken, ...rest };
};

/**
 * The log lines in OTLP's JSON. One without a trace id is left out in silence: it has no place in a viewer of traces.
 * @throws OtlpError when it is no such thing at all
 */
export const readOtlpLogs = (json: unknown): ReadLines => {
  const { taken, ...rest } = takeEach(readGroups(readRoot(json), LINE_LISTS), line);
  return { lines: taken, ...rest };
};

/** Parents before children that begin with them, and the same order however they arrived. */
const byStart = (a: ViewerSpan, b: ViewerSpan): number => {
  if (a.startNano !== b.startNano) return a.startNano < b.startNano ? -1 : 1;
  if (a.endNano !== b.endNano) return a.endNano > b.endNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : 1;
};

/**
 * One trace of all that there is about it: in order, and of a span that came twice the last.
 * @param dropped spans and lines that there was no room for
 */
export const assembleTrace = (
  traceId: string,
  spans: readonly ViewerSpan[],
  lines: readonly LogLine[],
  dropped: ViewerTrace['dropped'],
): ViewerTrace => ({
  traceId,
  spans: [...new Map(spans.map((one) => [one.spanId, one])).values()].sort(byStart),
  // Lines of the same moment stay in the order in which they were written.
  lines: lines.toSorted((a, b) => (a.timeNano < b.timeNano ? -1 : a.timeNano > b.timeNano ? 1 : 0)),
  dropped,
});

/**
 * The trace with the id `traceId` in what `writeOtlpTrace` made, or in any file of OTLP's JSON.
 * @throws OtlpError when it is no such thing at all
 */
export const readOtlpTrace = (json: unknown, traceId: string): ViewerTrace => {
  const viewer = readObject(readRoot(json).viewer, 'viewer');
  return assembleTrace(
    traceId,
    readOtlpTraces(json).spans.filter((one) => one.traceId === traceId),
    readOtlpLogs(json).lines.filter((one) => one.traceId === traceId),
    { spans: readCount(viewer.droppedSpans), lines: readCount(viewer.droppedLines) },
  );
};
