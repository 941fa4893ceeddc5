import type { Attributes, AttributeValue, ViewerSpan } from '../trace.ts';
import type { Attribute, IntrinsicName, Operand } from './query.ts';
import type { TraceContext } from './trace-context.ts';

/** A duration is in nanoseconds. Arrays hold what several events, links or an attribute's elements have. */
export type Value = AttributeValue | undefined;

/** What an operand is for one span; undefined or null where there is nothing. */
export function readOperand(operand: Operand, span: ViewerSpan, context: TraceContext): Value {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'attribute':
      return attributeOf(operand, span);
    case 'intrinsic':
      return intrinsics[operand.name](span, context);
  }
}

const own = (attributes: Attributes, name: string): Value =>
  Object.hasOwn(attributes, name) ? attributes[name] : undefined;

function attributeOf({ scope, name }: Attribute, span: ViewerSpan): Value {
  switch (scope) {
    case 'span':
      return own(span.attributes, name);
    case 'resource':
      return own(span.resource, name);
    case 'event':
      return allOf(span.events.map((event) => own(event.attributes, name)));
    case 'link':
      return allOf(span.links.map((link) => own(link.attributes, name)));
    case 'any':
      return own(span.attributes, name) ?? own(span.resource, name);
  }
}

function allOf(values: readonly Value[]): Value {
  const known = values.filter((value) => value !== undefined && value !== null).flat();
  return known.length === 0 ? undefined : known;
}

const intrinsics: Record<IntrinsicName, (span: ViewerSpan, context: TraceContext) => Value> = {
  'span:duration': (span) => (span.endNano > span.startNano ? span.endNano - span.startNano : 0n),
  'span:name': (span) => span.name,
  'span:status': (span) => span.status,
  'span:statusMessage': (span) => span.statusMessage || undefined,
  'span:kind': (span) => span.kind,
  'span:id': (span) => span.spanId,
  'span:parentID': (span) => span.parentSpanId,
  'span:childCount': (span, context) => context.node(span)?.children.length,
  'trace:duration': (_, context) => context.duration,
  'trace:rootName': (_, context) => context.summary.name,
  'trace:rootService': (_, context) => context.summary.services[0],
  'trace:id': (span) => span.traceId,
  'event:name': (span) => allOf(span.events.map((event) => event.name)),
  'event:timeSinceStart': (span) => allOf(span.events.map((event) => event.timeNano - span.startNano)),
  'link:traceID': (span) => allOf(span.links.map((link) => link.traceId)),
  'link:spanID': (span) => allOf(span.links.map((link) => link.spanId)),
  'instrumentation:name': (span) => span.scope,
  'instrumentation:version': (span) => span.scopeVersion,
};
