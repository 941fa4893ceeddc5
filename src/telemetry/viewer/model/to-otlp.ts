import { writeKind, writeSeverity, writeStatus } from './otlp-enums.ts';
import { writeAttributes } from './otlp-value.ts';
import type { LogLine, ViewerSpan, ViewerTrace } from './trace.ts';

const writeContext = ({ traceState, flags }: Pick<ViewerSpan, 'traceState' | 'flags'>): object => ({
  ...(traceState !== '' && { traceState }),
  flags,
});

const writeScope = ({ scope: name, scopeVersion: version }: ViewerSpan): object => ({
  name,
  ...(version !== '' && { version }),
});

const writeSpan = (span: ViewerSpan): object => ({
  traceId: span.traceId,
  spanId: span.spanId,
  ...writeContext(span),
  ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
  name: span.name,
  kind: writeKind(span.kind),
  startTimeUnixNano: String(span.startNano),
  endTimeUnixNano: String(span.endNano),
  attributes: writeAttributes(span.attributes),
  droppedAttributesCount: span.dropped.attributes,
  events: span.events.map((event) => ({
    timeUnixNano: String(event.timeNano),
    name: event.name,
    attributes: writeAttributes(event.attributes),
  })),
  droppedEventsCount: span.dropped.events,
  links: span.links.map((link) => ({
    traceId: link.traceId,
    spanId: link.spanId,
    ...writeContext(link),
    attributes: writeAttributes(link.attributes),
  })),
  droppedLinksCount: span.dropped.links,
  status: { code: writeStatus(span.status), ...(span.statusMessage !== '' && { message: span.statusMessage }) },
});

const writeLine = (line: LogLine): object => ({
  timeUnixNano: String(line.timeNano),
  severityNumber: writeSeverity(line.severity),
  severityText: line.severity.toUpperCase(),
  body: { stringValue: line.message },
  attributes: writeAttributes(line.attributes),
  traceId: line.traceId,
  ...(line.spanId !== undefined && { spanId: line.spanId }),
});

const writeResource = (attributes: ViewerSpan['resource']): object => ({ attributes: writeAttributes(attributes) });

/**
 * A trace with its log lines as OTLP's JSON, in one object: readers of TracesData see `resourceSpans` and ignore the
 * rest, `readOtlpTrace` gets back what was given. Times are exact to the nanosecond.
 */
export const writeOtlpTrace = ({ spans, lines, dropped }: ViewerTrace): object => ({
  resourceSpans: [...Map.groupBy(spans, (span) => span.resource)].map(([resource, ofResource]) => ({
    resource: writeResource(resource),
    scopeSpans: [...Map.groupBy(ofResource, (span) => JSON.stringify(writeScope(span))).values()].map((ofScope) => ({
      scope: ofScope[0] && writeScope(ofScope[0]),
      spans: ofScope.map(writeSpan),
    })),
  })),
  resourceLogs: [...Map.groupBy(lines, (line) => line.resource)].map(([resource, ofResource]) => ({
    resource: writeResource(resource),
    scopeLogs: [{ logRecords: ofResource.map(writeLine) }],
  })),
  viewer: { droppedSpans: dropped.spans, droppedLines: dropped.lines },
});
