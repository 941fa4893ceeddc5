import type { SpanNode } from './span-tree.ts';

/** Milliseconds since 1970. */
export interface Gap {
  start: number;
  end: number;
}

/**
 * Times within a span in which none of its children ran: there it worked itself, or waited for what nobody recorded.
 * @param traceDuration milliseconds; the root's when it is not given. A gap is at least 1 % of it, and 1 ms
 * @returns nothing for a span without children: all of it would be one
 */
export function gaps(node: SpanNode, traceDuration: number = rootOf(node).span.duration): Gap[] {
  if (node.children.length === 0) return [];
  const shortest = Math.max(1, traceDuration / 100);
  return uncovered(node).filter((gap) => gap.end - gap.start >= shortest);
}

/** Milliseconds of a span in which none of its children ran. */
export function selfTime(node: SpanNode): number {
  if (node.children.length === 0) return node.span.duration;
  return uncovered(node).reduce((sum, gap) => sum + gap.end - gap.start, 0);
}

function uncovered({ span, children }: SpanNode): Gap[] {
  const found: Gap[] = [];
  const end = span.start + span.duration;
  let reached = span.start;
  for (const child of children) {
    const start = Math.min(child.span.start, end);
    if (start > reached) found.push({ start: reached, end: start });
    reached = Math.max(reached, child.span.start + child.span.duration);
  }
  if (reached < end) found.push({ start: reached, end });
  return found;
}

function rootOf(node: SpanNode): SpanNode {
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
