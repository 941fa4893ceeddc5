import type { TraceSummary } from '../summary.ts';
import type { ViewerSpan, ViewerTrace } from '../trace.ts';
import { compare } from './comparison.ts';
import { holds } from './condition.ts';
import { type Aggregate, type Query, type Spansets, typeOf } from './query.ts';
import { TraceContext } from './trace-context.ts';
import { readOperand, type Value } from './values.ts';

type Selection = ReadonlySet<ViewerSpan>;

/** Whether some spans of a trace are left behind the last stage of a query. Never throws. */
export function matchesTraceQL(query: Query, trace: ViewerTrace, summary: TraceSummary): boolean {
  const context = new TraceContext(trace, summary);
  let spans: Selection = new Set(trace.spans);
  for (const stage of query.stages) {
    if (spans.size === 0) return false;
    if (stage.kind !== 'aggregate') spans = select(stage, spans, context);
    else if (!passes(stage, spans, context)) return false;
  }
  return spans.size > 0;
}

function select(spansets: Spansets, spans: Selection, context: TraceContext): Selection {
  if (spansets.kind === 'filter') {
    const { condition } = spansets;
    if (condition === undefined) return spans;
    const kept = new Set<ViewerSpan>();
    for (const span of spans) if (holds(condition, span, context)) kept.add(span);
    return kept;
  }
  const left = select(spansets.left, spans, context);
  if (left.size === 0 && spansets.kind !== 'or') return left;
  const right = select(spansets.right, spans, context);
  switch (spansets.kind) {
    case 'and':
      return right.size === 0 ? right : new Set([...left, ...right]);
    case 'or':
      return new Set([...left, ...right]);
    case 'child':
      return children(left, right, context);
    case 'descendant':
      return descendants(left, right, context);
  }
}

/** Those of `right` whose parent is one of `left`. */
function children(left: Selection, right: Selection, context: TraceContext): Selection {
  const kept = new Set<ViewerSpan>();
  for (const span of right) {
    const parent = context.node(span)?.parent?.span;
    if (parent !== undefined && left.has(parent)) kept.add(span);
  }
  return kept;
}

/** Those of `right` with one of `left` above them. */
function descendants(left: Selection, right: Selection, context: TraceContext): Selection {
  const below = new Set<ViewerSpan>();
  // Parents come before their children, so one look at the parent is enough.
  for (const { span, parent } of context.nodes.values()) {
    if (parent !== undefined && (left.has(parent.span) || below.has(parent.span))) below.add(span);
  }
  return new Set([...right].filter((span) => below.has(span)));
}

function passes({ name, field, operator, value }: Aggregate, spans: Selection, context: TraceContext): boolean {
  if (field === undefined) return compare(operator, spans.size, 'number', value.value, value.type);
  const numbers: number[] = [];
  for (const span of spans) {
    for (const each of [readOperand(field, span, context)].flat() as Value[]) {
      if (typeof each === 'number' || typeof each === 'bigint') numbers.push(Number(each));
    }
  }
  if (numbers.length === 0) return false;
  const type = typeOf(field) === 'duration' ? 'duration' : 'number';
  return compare(operator, aggregated(name, numbers), type, value.value, value.type);
}

function aggregated(name: Aggregate['name'], numbers: readonly number[]): number {
  const sum = numbers.reduce((total, each) => total + each, 0);
  switch (name) {
    case 'count':
      return numbers.length;
    case 'sum':
      return sum;
    case 'avg':
      return sum / numbers.length;
    case 'min':
      return numbers.reduce((least, each) => Math.min(least, each));
    case 'max':
      return numbers.reduce((most, each) => Math.max(most, each));
  }
}
