import { isDatabase, queriesOf, queryText } from './database.ts';
import { extentOf } from './extent.ts';
import { selfTime } from './gaps.ts';
import { buildTree, preorder, type SpanNode } from './span-tree.ts';
import type { ViewerSpan, ViewerTrace } from './trace.ts';

/** One statement that ran again and again (N+1). */
export interface RepeatedQuery {
  text: string;
  table: string | undefined;
  spans: readonly string[];
  /** Id of the span under which all of them ran; undefined when they are spread over the trace. */
  parent: string | undefined;
}

/** A query that takes long, or a span that takes much of its trace by itself. */
export interface SlowSpan {
  isQuery: boolean;
  /** Milliseconds: of the query, or in which no child of the span ran. */
  duration: number;
  /** That of the whole trace, 0 to 1. */
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
const slowTrace = 100;

/** Statements that frame others: they come again with each transaction. */
const framing = /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set)\b/i;

/**
 * What in a trace is worth a look: queries that could be one, and spans that take most of its time.
 * @param roots its tree, where that was built before
 */
export function findings({ spans }: ViewerTrace, roots: readonly SpanNode[] = buildTree(spans)): Findings {
  const { start, end } = extentOf(spans) ?? { start: 0, end: 0 };
  // Not the root's time: a job may go on long after the request that began it.
  return { repeated: repeatedQueries(spans), slow: slowSpans(roots, end - start) };
}

function repeatedQueries(spans: readonly ViewerSpan[]): RepeatedQuery[] {
  const byText = Map.groupBy(
    queriesOf(spans).filter((span) => !framing.test(queryText(span) ?? '')),
    queryText,
  );
  const repeated: RepeatedQuery[] = [];
  for (const [text, equal] of byText) {
    if (text === undefined) continue;
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

/** @param whole milliseconds of the trace */
function slowSpans(roots: readonly SpanNode[], whole: number): Map<string, SlowSpan> {
  const slow = new Map<string, SlowSpan>();
  for (const node of preorder(roots)) {
    const { span } = node;
    const own = selfTime(node);
    const isQuery = isDatabase(span) && span.duration > slowQuery;
    if (!isQuery && (whole <= slowTrace || own <= whole / 2)) continue;
    const duration = isQuery ? span.duration : own;
    slow.set(span.spanId, { isQuery, duration, share: Math.min(1, duration / whole) });
  }
  return slow;
}
