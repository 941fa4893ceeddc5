import type { HrTime, Attributes as SpanAttributes } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { otlpFlags } from '../tracing/otlp-flags.ts';
import type { RecordedSpan } from '../tracing/recorded-span.ts';
import { serviceOf } from './model/from-otlp.ts';
import type { RunningSpan } from './model/summary.ts';
import type { Attributes, AttributeValue, SpanKind, ViewerSpan } from './model/trace.ts';

/** By the numbers of the API. */
const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'] as const;

const nanoseconds = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

/** What is no value of an attribute is left out, as the exporter does; those of events come unchecked. */
const attributeValue = (value: unknown): AttributeValue | undefined => {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return Array.isArray(value) ? value.map((item) => attributeValue(item) ?? null) : undefined;
  }
};

const plain = (given: SpanAttributes | undefined): Attributes => {
  const attributes: Record<string, AttributeValue> = {};
  for (const name in given) {
    const value = attributeValue(given[name]);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
};

const resources = new WeakMap<Resource, Attributes>();

/** The attributes of a process, the same object each time. */
export const resourceAttributes = (resource: Resource): Attributes => {
  const known = resources.get(resource);
  if (known !== undefined) return known;
  const attributes = plain(resource.attributes as SpanAttributes);
  resources.set(resource, attributes);
  return attributes;
};

/** What is known of a span of this process before it ends. */
export const fromRunningSpan = (span: RecordedSpan): RunningSpan => ({
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId,
  name: span.name,
  kind: KINDS[span.kind] ?? 'unspecified',
  service: serviceOf(resourceAttributes(span.resource)),
  start: span.startedAt,
  isLocalRoot: span.isLocalRoot,
});

/** An ended span of this process as the viewer shows it. */
export const fromRecordedSpan = (span: RecordedSpan): ViewerSpan => {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const resource = resourceAttributes(span.resource);
  const startNano = nanoseconds(span.startTime);
  const endNano = nanoseconds(span.endTime);
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    traceState: traceState?.serialize() ?? '',
    flags: otlpFlags(traceFlags, span.parentSpanContext?.isRemote),
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    service: serviceOf(resource),
    resource,
    scope: span.scope.name,
    scopeVersion: span.scope.version ?? '',
    startNano,
    endNano,
    start: Number(startNano) / 1e6,
    duration: Number(endNano - startNano) / 1e6,
    status: STATUSES[span.status.code] ?? 'unset',
    statusMessage: span.status.message ?? '',
    attributes: plain(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeNano: nanoseconds(event.time),
      attributes: plain(event.attributes),
    })),
    links: span.links.map(({ context, attributes }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      traceState: context.traceState?.serialize() ?? '',
      flags: otlpFlags(context.traceFlags, context.isRemote),
      attributes: plain(attributes),
    })),
    dropped: {
      attributes: span.droppedAttributesCount,
      events: span.droppedEventsCount,
      links: span.droppedLinksCount,
    },
  };
};
