import { isDatabase, queriesOf, queryText } from './database.ts';
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

/** What in a trace is worth a look: queries that could be one, and spans that take most of its time. */
export function findings(trace: ViewerTrace): Findings {
  return { repeated: repeatedQueries(trace.spans), slow: slowSpans(buildTree(trace.spans)) };
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

function slowSpans(roots: readonly SpanNode[]): Map<string, SlowSpan> {
  const slow = new Map<string, SlowSpan>();
  const whole = extentOf(roots);
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

/** Milliseconds from the first start to the last end: a job may go on long after the request that began it. */
function extentOf(roots: readonly SpanNode[]): number {
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const { span } of preorder(roots)) {
    start = Math.min(start, span.start);
    end = Math.max(end, span.start + span.duration);
  }
  return Math.max(0, end - start);
}
