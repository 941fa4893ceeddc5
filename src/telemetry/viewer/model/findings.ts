import { isDatabase, queriesOf, queryText } from './database.ts';
import { selfTime } from './gaps.ts';
import { partsOf, shareOf, type TracePart } from './parts.ts';
import { buildTree } from './span-tree.ts';
import type { ViewerSpan, ViewerTrace } from './trace.ts';

/** One statement that ran again and again (N+1). */
export interface RepeatedQuery {
  text: string;
  table: string | undefined;
  spans: readonly string[];
  /** Id of the span under which all of them ran; undefined when they are spread over the trace. */
  parent: string | undefined;
}

/** A query that takes long, or a span that takes much of its part of the trace by itself. */
export interface SlowSpan {
  isQuery: boolean;
  /** Milliseconds: of the query, or in which no child of the span ran. */
  duration: number;
  /** Which part of the trace it is in. */
  part: TracePart;
  /** Its duration, of that of the part, 0 to 1. */
  share: number;
}

export interface Findings {
  repeated: readonly RepeatedQuery[];
  /** By their ids. */
  slow: ReadonlyMap<string, SlowSpan>;
}

const repeatsUnderOneParent = 3;
const repeatsInOneTrace = 5;
/** Milliseconds. */
const slowQuery = 100;
const slowPart = 100;

/** Statements that frame others: they come again with each transaction. */
const framing = /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set)\b/i;

/**
 * What in a trace is worth a look: queries that could be one, and spans that take most of the time of their part of it.
 * @param parts those of its tree, where that was built before
 */
export function findings({ spans }: ViewerTrace, parts: readonly TracePart[] = partsOf(buildTree(spans))): Findings {
  return { repeated: repeatedQueries(queriesOf(spans)), slow: new Map(parts.flatMap(slowSpans)) };
}

/** @param queries of one trace, as `queriesOf` has them */
export function repeatedQueries(queries: readonly ViewerSpan[]): RepeatedQuery[] {
  const repeated: RepeatedQuery[] = [];
  for (const [text, equal] of Map.groupBy(queries, queryText)) {
    if (text === undefined || equal.length < repeatsUnderOneParent || framing.test(text)) continue;
    if (equal.length >= repeatsInOneTrace) {
      repeated.push(repetition(text, equal));
      continue;
    }
    for (const siblings of Map.groupBy(equal, (span) => span.parentSpanId).values()) {
      if (siblings.length >= repeatsUnderOneParent) repeated.push(repetition(text, siblings));
    }
  }
  return repeated;
}

function repetition(text: string, spans: readonly ViewerSpan[]): RepeatedQuery {
  const parent = spans[0]?.parentSpanId;
  const table = spans[0]?.attributes['db.collection.name'] ?? spans[0]?.attributes['db.sql.table'];
  return {
    text,
    table: typeof table === 'string' ? table : undefined,
    spans: spans.map((span) => span.spanId),
    parent: spans.every((span) => span.parentSpanId === parent) ? parent : undefined,
  };
}

function slowSpans(part: TracePart): [string, SlowSpan][] {
  const whole = part.root.span.duration;
  const slow: [string, SlowSpan][] = [];
  for (const node of part.nodes) {
    const { span } = node;
    const own = selfTime(node);
    const isQuery = isDatabase(span) && span.duration > slowQuery;
    if (!isQuery && (whole <= slowPart || own <= whole / 2)) continue;
    const duration = isQuery ? span.duration : own;
    slow.push([span.spanId, { isQuery, duration, part, share: shareOf(duration, part) }]);
  }
  return slow;
}
