import { criticalPath } from '../../model/critical-path.ts';
import { queriesOf } from '../../model/database.ts';
import { extentOf } from '../../model/extent.ts';
import { type Findings, findings } from '../../model/findings.ts';
import { gaps } from '../../model/gaps.ts';
import { partsOf, type TracePart } from '../../model/parts.ts';
import { buildTree, preorder, type SpanNode } from '../../model/span-tree.ts';
import type { RunningSpan } from '../../model/summary.ts';
import type { LogLine, ViewerSpan, ViewerTrace } from '../../model/trace.ts';
import { type Placeholder, placeholdersFor } from './placeholders.ts';

/** A part of a bar, in milliseconds after the trace's start. */
export interface Stretch {
  start: number;
  end: number;
}

export interface ServiceShare {
  name: string;
  /** Its place in the order in which services appear; which colour it has follows from this. */
  order: number;
  spans: number;
}

/** A trace and all that is worked out about it, once, when it arrives. */
export interface TraceAnalysis {
  trace: ViewerTrace;
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds from the first start to the last end of a span. */
  total: number;
  /** Milliseconds of the first root, as the list has it: what it started may go on after it. */
  took: number;
  roots: readonly SpanNode[];
  /** The trees that are shown: as `roots`, with what stands for spans that are not here. */
  shown: readonly SpanNode[];
  /** What stands for spans that are not here, by their ids. */
  placeholders: ReadonlyMap<string, Placeholder>;
  /** Those of the trees that are shown, by span id. */
  nodes: ReadonlyMap<string, SpanNode>;
  /** Which one it is among its siblings, from 1, by span id. */
  positions: ReadonlyMap<string, number>;
  deepest: number;
  services: ReadonlyMap<string, ServiceShare>;
  /** Which part of the trace, as it is shown, a span is in, by span id. */
  parts: ReadonlyMap<string, TracePart>;
  /** Critical paths of all parts, by span id. */
  critical: ReadonlyMap<string, readonly Stretch[]>;
  /** By span id. */
  lines: ReadonlyMap<string, readonly LogLine[]>;
  findings: Findings;
  failed: readonly string[];
  queries: number;
  /** Times inside a span in which nothing of it was seen to run; of one that is not here none is known. */
  gapsOf(node: SpanNode): readonly Stretch[];
}

const grouped = <T>(items: Iterable<readonly [string, T]>): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const [key, item] of items) {
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
};

const servicesOf = (spans: Iterable<ViewerSpan>): Map<string, ServiceShare> => {
  const services = new Map<string, ServiceShare>();
  for (const span of spans) {
    const share = services.get(span.service);
    if (share) share.spans += 1;
    else services.set(span.service, { name: span.service, order: services.size, spans: 1 });
  }
  return services;
};

/** Of a trace without spans, its lines. */
const timeOf = (spans: readonly ViewerSpan[], { lines }: ViewerTrace): Stretch =>
  extentOf(spans) ?? { start: lines[0]?.time ?? 0, end: lines.at(-1)?.time ?? 0 };

/**
 * Works out what the page shows of a trace.
 * @param running the spans that are known to run in it
 */
export const analyse = (trace: ViewerTrace, running: readonly RunningSpan[] = []): TraceAnalysis => {
  const roots = buildTree(trace.spans);
  const placeholders = placeholdersFor(trace.spans, running);
  const spans = [...trace.spans, ...Array.from(placeholders.values(), ({ span }) => span)];
  const shown = placeholders.size > 0 ? buildTree(spans) : roots;
  const isHere = ({ span }: SpanNode): boolean => !placeholders.has(span.spanId);
  const parts = partsOf(shown).map((part) => ({ ...part, nodes: part.nodes.filter(isHere) }));
  const { start, end } = timeOf(spans, trace);
  // Nothing takes no time at all: a window of no length could not be divided by.
  const total = Math.max(end - start, 0.001);
  const nodes = new Map<string, SpanNode>();
  const positions = new Map<string, number>();
  let deepest = 0;
  for (const node of preorder(shown)) {
    nodes.set(node.span.spanId, node);
    deepest = Math.max(deepest, node.depth);
    for (const [index, child] of node.children.entries()) positions.set(child.span.spanId, index + 1);
  }
  for (const [index, root] of shown.entries()) positions.set(root.span.spanId, index + 1);
  const known = new Map<SpanNode, readonly Stretch[]>();
  return {
    trace,
    start,
    total,
    took: roots[0]?.span.duration ?? total,
    roots,
    shown,
    placeholders,
    nodes,
    positions,
    deepest,
    services: servicesOf(preorder(roots).map(({ span }) => span)),
    parts: new Map(parts.flatMap((part) => part.nodes.map(({ span }) => [span.spanId, part] as const))),
    critical: grouped(
      parts
        .flatMap(criticalPath)
        .filter(({ spanId }) => !placeholders.has(spanId))
        .map((stretch) => [stretch.spanId, { start: stretch.start - start, end: stretch.end - start }] as const),
    ),
    lines: grouped(trace.lines.flatMap((line) => (line.spanId ? [[line.spanId, line] as const] : []))),
    findings: findings(trace, parts),
    failed: [...nodes.values()].filter(({ span }) => span.status === 'error').map(({ span }) => span.spanId),
    queries: queriesOf(trace.spans).length,
    gapsOf: (node) => {
      if (placeholders.has(node.span.spanId)) return [];
      const found =
        known.get(node) ?? gaps(node, total).map((gap) => ({ start: gap.start - start, end: gap.end - start }));
      known.set(node, found);
      return found;
    },
  };
};
