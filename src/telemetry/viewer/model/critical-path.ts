import { isLeftBehind, type TracePart } from './parts.ts';
import type { SpanNode } from './span-tree.ts';

/** A part of a span's own time. Milliseconds since 1970. */
export interface CriticalStretch {
  spanId: string;
  start: number;
  end: number;
}

/** A span whose part of the path is being walked, from its end back to its start. */
interface Walk {
  spanId: string;
  start: number;
  /** What is later is already on the path. */
  cursor: number;
  /** Children that it may have waited for, within its own time, the one that ended last first. */
  children: readonly AwaitedChild[];
  next: number;
}

interface AwaitedChild {
  node: SpanNode;
  start: number;
  end: number;
}

/**
 * What would have to be faster for a part of a trace to be faster: from its end back, each time into the child that
 * ended last before the point reached, as Jaeger's critical path does it
 * (https://www.jaegertracing.io/docs/latest/architecture/terminology/#critical-path).
 *
 * What a span left behind is no part of its path, but has one of its own. What another process was called for counts
 * within the time of its parent: clocks differ.
 * @returns in the order of time, without holes: their lengths add up to the duration of the part's root
 */
export function criticalPath({ root }: TracePart): CriticalStretch[] {
  const path: CriticalStretch[] = [];
  const walks = [walkOf(root, root.span.start, root.span.start + root.span.duration)];
  for (let walk = walks.at(-1); walk !== undefined; walk = walks.at(-1)) {
    const child = nextChild(walk);
    const until = child === undefined ? walk.start : child.end;
    if (until < walk.cursor) path.push({ spanId: walk.spanId, start: until, end: walk.cursor });
    if (child === undefined) {
      walks.pop();
      continue;
    }
    walk.cursor = child.start;
    walks.push(walkOf(child.node, child.start, child.end));
  }
  return path.reverse();
}

function walkOf(node: SpanNode, start: number, end: number): Walk {
  const children: AwaitedChild[] = [];
  for (const child of node.children) {
    if (isLeftBehind(child.span, node.span)) continue;
    const childEnd = child.span.start + child.span.duration;
    const within = { node: child, start: Math.max(child.span.start, start), end: Math.min(childEnd, end) };
    if (within.start < within.end) children.push(within);
  }
  children.sort((a, b) => b.end - a.end);
  return { spanId: node.span.spanId, start, cursor: end, children, next: 0 };
}

function nextChild(walk: Walk): AwaitedChild | undefined {
  while (walk.next < walk.children.length) {
    const child = walk.children[walk.next++];
    if (child !== undefined && child.end <= walk.cursor) return child;
  }
  return undefined;
}
