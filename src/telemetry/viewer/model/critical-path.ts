import type { SpanNode } from './span-tree.ts';
import type { ViewerSpan } from './trace.ts';

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
 * What would have to be faster for the first root to be faster: from its end back, each time into the child that ended
 * last before the point reached, as Jaeger's critical path does it
 * (https://www.jaegertracing.io/docs/latest/architecture/terminology/#critical-path).
 *
 * A child that outlives its parent is no part: nobody waited for it. One of another process may only seem to, because
 * clocks differ: unless it is a CONSUMER it counts, within the time of its parent.
 * @returns in the order of time, without holes: their lengths add up to the root's duration
 */
export function criticalPath(roots: readonly SpanNode[]): CriticalStretch[] {
  const root = roots[0];
  if (root === undefined) return [];
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

/** Ids of the spans that a path runs through. */
export function criticalSpans(path: readonly CriticalStretch[]): Set<string> {
  return new Set(path.map((stretch) => stretch.spanId));
}

function walkOf(node: SpanNode, start: number, end: number): Walk {
  const children: AwaitedChild[] = [];
  for (const child of node.children) {
    const childEnd = child.span.start + child.span.duration;
    if (isLeftBehind(child.span, node.span)) continue;
    const within = { node: child, start: Math.max(child.span.start, start), end: Math.min(childEnd, end) };
    if (within.start < within.end) children.push(within);
  }
  children.sort((a, b) => b.end - a.end);
  return { spanId: node.span.spanId, start, cursor: end, children, next: 0 };
}

function isLeftBehind(child: ViewerSpan, parent: ViewerSpan): boolean {
  const outlives = child.start + child.duration > parent.start + parent.duration;
  return outlives && (child.kind === 'consumer' || child.service === parent.service);
}

function nextChild(walk: Walk): AwaitedChild | undefined {
  while (walk.next < walk.children.length) {
    const child = walk.children[walk.next++];
    if (child !== undefined && child.end <= walk.cursor) return child;
  }
  return undefined;
}
