import type { AttributeValue, ViewerSpan } from '../../model/trace.ts';
import type { TraceAnalysis } from './analysis.ts';

/** Spans that something asked for, in the order of the rows. */
export interface FoundSpans {
  /** What was asked for: the text of a search, or a finding. */
  what: string;
  spans: readonly string[];
}

const textOf = (value: AttributeValue): string => {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return Object.entries(value)
    .map(([name, inner]) => `${name}=${textOf(inner)}`)
    .join(' ');
};

const known = new WeakMap<ViewerSpan, string>();

/** All that a search looks at, in lower case: name, service, status, attributes as `name=value`, names of events. */
const searched = (span: ViewerSpan): string => {
  const text =
    known.get(span) ??
    [
      span.name,
      span.service,
      span.kind,
      span.status,
      span.statusMessage,
      textOf(span.attributes),
      ...span.events.flatMap(({ name, attributes }) => [name, textOf(attributes)]),
    ]
      .join('\n')
      .toLowerCase();
  known.set(span, text);
  return text;
};

/** Spans in which a text stands, any case, as it does in the list; or the one of that id. None for no text. */
export const searchSpans = ({ nodes, placeholders }: TraceAnalysis, text: string): FoundSpans | undefined => {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return undefined;
  const spans: string[] = [];
  for (const { span } of nodes.values()) {
    if (placeholders.has(span.spanId)) continue;
    if (span.spanId === wanted || searched(span).includes(wanted)) spans.push(span.spanId);
  }
  return { what: text, spans };
};
