import type { SpanNode } from './span-tree.ts';
import type { ViewerSpan } from './trace.ts';

/** A span with all that it waited for: what has a duration of its own, which its spans can be measured against. */
export interface TracePart {
  root: SpanNode;
  /** Its spans, each before its children. */
  nodes: readonly SpanNode[];
}

/**
 * A trace in parts that do not wait for each other: a request, and each piece of work that it left behind.
 * @returns each span in one part; those of the roots first, and that of the first root before all others
 */
export function partsOf(roots: readonly SpanNode[]): TracePart[] {
  const parts: TracePart[] = [];
  const partRoots = [...roots];
  // It grows as the parts are walked.
  for (const root of partRoots) {
    const nodes: SpanNode[] = [];
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      nodes.push(node);
      for (const child of node.children.toReversed()) {
        (isLeftBehind(child.span, node.span) ? partRoots : waiting).push(child);
      }
    }
    parts.push({ root, nodes });
  }
  return parts;
}

/** How much a duration, in milliseconds, is of that of its part: 0 to 1. */
export function shareOf(duration: number, { root }: TracePart): number {
  return Math.min(1, duration / root.span.duration);
}

/**
 * Whether a span goes on without the one that began it: it outlives its parent, so that nobody waited for it. Where one
 * process calls another, an answer may only seem to come late, because clocks differ: that was waited for.
 */
export function isLeftBehind(child: ViewerSpan, parent: ViewerSpan): boolean {
  const outlives = child.start + child.duration > parent.start + parent.duration;
  const isCall = child.service !== parent.service && (child.kind === 'server' || parent.kind === 'client');
  return outlives && !isCall;
}
