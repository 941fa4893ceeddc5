import type { Span } from './otlp-wire.ts';

type Node = Pick<Span, 'spanId' | 'parentSpanId' | 'remoteParent' | 'name' | 'start'>;

/** Spans that say they have a parent in this process which is not there. */
export const orphans = <S extends Node>(spans: readonly S[]): S[] => {
  const ids = new Set(spans.map((span) => span.spanId));
  return spans.filter(
    ({ parentSpanId, remoteParent }) => parentSpanId !== undefined && !remoteParent && !ids.has(parentSpanId),
  );
};

/** The spans that stand for a whole request or job: without a parent, or with one in another process. */
export const roots = <S extends Node>(spans: readonly S[]): S[] =>
  spans.filter((span) => span.parentSpanId === undefined || span.remoteParent);

/** The names of the spans, indented by two spaces a level, siblings in the order in which they started. */
export const tree = (spans: readonly Node[]): string => {
  const byStart = spans.toSorted((a, b) => Number(a.start - b.start));
  const ids = new Set(spans.map((span) => span.spanId));
  const children = Map.groupBy(byStart, ({ parentSpanId }) =>
    parentSpanId !== undefined && ids.has(parentSpanId) ? parentSpanId : undefined,
  );
  const lost = new Set<Node>(orphans(spans));
  const lines: string[] = [];
  const visit = (parent: string | undefined, depth: number): void => {
    for (const span of children.get(parent) ?? []) {
      lines.push(`${'  '.repeat(depth)}${span.name}${lost.has(span) ? ' (orphan)' : ''}`);
      visit(span.spanId, depth + 1);
    }
  };
  visit(undefined, 0);
  return lines.join('\n');
};
