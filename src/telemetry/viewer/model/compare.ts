import { buildTree, preorder, type SpanNode } from './span-tree.ts';
import type { ViewerSpan, ViewerTrace } from './trace.ts';

/** Spans of two traces that stand at the same place. */
export interface ComparisonRow {
  name: string;
  /** 0 for a root. */
  depth: number;
  /** Names from the root down, this one included. */
  readonly path: readonly string[];
  a: readonly ViewerSpan[];
  b: readonly ViewerSpan[];
  /** Milliseconds of all of them together; undefined where there are none. */
  durationA: number | undefined;
  durationB: number | undefined;
  /** `durationB - durationA`; undefined when the spans are in one trace only. */
  difference: number | undefined;
}

/** A place in both traces: all spans with the same names above them. */
interface Place {
  name: string;
  parent: Place | undefined;
  depth: number;
  a: ViewerSpan[];
  b: ViewerSpan[];
  /** When it began, in milliseconds after its trace: places are listed in that order. */
  offset: number;
  below: Map<string, Place>;
}

/**
 * Puts the spans of two traces side by side, those with the same path of names in one row: a loop's spans are one row,
 * with as many spans as it had turns. The first roots are taken for the same place even when their names differ.
 * @returns rows in preorder, siblings in the order in which they began
 */
export function compareTraces(a: ViewerTrace, b: ViewerTrace): ComparisonRow[] {
  const top = placeOf('', undefined, 0);
  enter(buildTree(a.spans), 'a', top);
  enter(buildTree(b.spans), 'b', top);
  const rows: ComparisonRow[] = [];
  const waiting = inReverse(top);
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    rows.push(rowOf(place));
    for (const below of inReverse(place)) waiting.push(below);
  }
  return rows;
}

function placeOf(name: string, parent: Place | undefined, offset: number): Place {
  return { name, parent, depth: (parent?.depth ?? -2) + 1, a: [], b: [], offset, below: new Map() };
}

function enter(roots: readonly SpanNode[], side: 'a' | 'b', top: Place): void {
  const first = roots[0];
  if (first === undefined) return;
  const places = new Map<SpanNode, Place>();
  for (const node of preorder(roots)) {
    const parent = (node.parent && places.get(node.parent)) ?? top;
    // No span's name begins so: the first roots meet here, whatever they are called.
    const key = node === first ? '\u0000root' : node.span.name;
    let place = parent.below.get(key);
    if (place === undefined) {
      place = placeOf(node.span.name, parent, node.span.start - first.span.start);
      parent.below.set(key, place);
    }
    place[side].push(node.span);
    places.set(node, place);
  }
}

function inReverse(place: Place): Place[] {
  return [...place.below.values()].sort((a, b) => a.offset - b.offset).reverse();
}

function rowOf(place: Place): ComparisonRow {
  const durationA = together(place.a);
  const durationB = together(place.b);
  return {
    name: place.name,
    depth: place.depth,
    // Made when it is asked for: the paths of a trace nested 10,000 deep would fill the memory.
    get path() {
      return pathOf(place);
    },
    a: place.a,
    b: place.b,
    durationA,
    durationB,
    difference: durationA === undefined || durationB === undefined ? undefined : durationB - durationA,
  };
}

function together(spans: readonly ViewerSpan[]): number | undefined {
  return spans.length === 0 ? undefined : spans.reduce((sum, span) => sum + span.duration, 0);
}

function pathOf(place: Place): string[] {
  const names: string[] = [];
  for (let at: Place | undefined = place; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.reverse();
}
