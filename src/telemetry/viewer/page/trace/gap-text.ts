import type { SpanNode } from '../../model/span-tree.ts';
import type { Stretch, TraceAnalysis } from './analysis.ts';

/** Between what a gap of a span lies: `after cart.lock, before SELECT carts`. */
export const aroundGap = ({ start }: TraceAnalysis, { span, children }: SpanNode, gap: Stretch): string => {
  let before: SpanNode | undefined;
  let beforeEnd = Number.NEGATIVE_INFINITY;
  let after: SpanNode | undefined;
  for (const child of children) {
    const end = child.span.start + child.span.duration - start;
    if (end <= gap.start && end > beforeEnd) {
      before = child;
      beforeEnd = end;
    }
    // They are in the order of their starts. What a span leaves behind may begin after its end.
    if (after === undefined && child.span.start - start >= gap.end) after = child;
  }
  const isLast = gap.end >= span.start + span.duration - start;
  return [
    before ? `after ${nameOf(before)}` : 'from its start',
    after && !isLast ? `before ${nameOf(after)}` : 'until its end',
  ].join(', ');
};

const nameOf = ({ span }: SpanNode): string => span.name || '(no name)';
