import type { ViewerSpan } from './trace.ts';

export interface SpanNode {
  readonly span: ViewerSpan;
  /** In the order of their starts. */
  readonly children: readonly SpanNode[];
  readonly parent: SpanNode | undefined;
  /** 0 for a root. */
  readonly depth: number;
  /** How many spans stand below it, at any depth. */
  readonly size: number;
  /** Whether it names a parent that it cannot stand under: that is not there, or stands below the span itself. */
  readonly orphan: boolean;
}

interface OpenNode extends SpanNode {
  readonly children: OpenNode[];
  parent: OpenNode | undefined;
  depth: number;
  size: number;
  orphan: boolean;
}

/**
 * Spans as trees; each span stands in them exactly once, whatever the parent ids say. Nothing here recurses: traces may
 * be nested as deep as they like.
 * @returns the roots: those that name no parent, then the orphans, each in the order of their starts; of several at the
 *   same moment, a SERVER first
 */
export function buildTree(spans: readonly ViewerSpan[]): SpanNode[] {
  const nodes: OpenNode[] = spans.map((span) => ({
    span,
    children: [],
    parent: undefined,
    depth: 0,
    size: 0,
    orphan: false,
  }));
  nodes.sort(byStart);
  linkParents(nodes);
  cutCycles(nodes);
  const roots: OpenNode[] = [];
  for (const node of nodes) (node.parent?.children ?? roots).push(node);
  roots.sort(
    (a, b) =>
      Number(a.orphan) - Number(b.orphan) ||
      byStart(a, b) ||
      Number(b.span.kind === 'server') - Number(a.span.kind === 'server'),
  );
  measure(roots);
  return roots;
}

/** Preorder of what is shown: the spans below a collapsed one are left out. */
export function visibleRows(roots: readonly SpanNode[], collapsed: ReadonlySet<string>): SpanNode[] {
  const rows: SpanNode[] = [];
  const waiting = roots.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    rows.push(node);
    if (collapsed.has(node.span.spanId)) continue;
    for (let index = node.children.length - 1; index >= 0; index--) {
      const child = node.children[index];
      if (child !== undefined) waiting.push(child);
    }
  }
  return rows;
}

const nothing: ReadonlySet<string> = new Set();

/** All spans, each before its children. */
export function preorder(roots: readonly SpanNode[]): SpanNode[] {
  return visibleRows(roots, nothing);
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.span.startNano < b.span.startNano ? -1 : a.span.startNano > b.span.startNano ? 1 : 0;
}

function linkParents(nodes: readonly OpenNode[]): void {
  const byId = new Map<string, OpenNode>();
  for (const node of nodes) if (!byId.has(node.span.spanId)) byId.set(node.span.spanId, node);
  for (const node of nodes) {
    const { parentSpanId } = node.span;
    if (parentSpanId === undefined) continue;
    const parent = byId.get(parentSpanId);
    if (parent === undefined) node.orphan = true;
    else node.parent = parent;
  }
}

/** Takes each ring of parents apart at its earliest span, which becomes a root. */
function cutCycles(nodes: readonly OpenNode[]): void {
  // 0 is not seen; otherwise the number of the walk that came by.
  const seen = new Map<OpenNode, number>();
  let walk = 0;
  for (const start of nodes) {
    walk++;
    let node: OpenNode | undefined = start;
    while (node !== undefined && !seen.has(node)) {
      seen.set(node, walk);
      node = node.parent;
    }
    if (node !== undefined && seen.get(node) === walk) cutRing(node);
  }
}

function cutRing(member: OpenNode): void {
  let earliest = member;
  for (let node = member.parent; node !== undefined && node !== member; node = node.parent) {
    if (byStart(node, earliest) < 0) earliest = node;
  }
  earliest.parent = undefined;
  earliest.orphan = true;
}

function measure(roots: readonly SpanNode[]): void {
  const rows = preorder(roots) as OpenNode[];
  for (const node of rows) node.depth = node.parent === undefined ? 0 : node.parent.depth + 1;
  for (const node of rows.toReversed()) if (node.parent !== undefined) node.parent.size += node.size + 1;
}
