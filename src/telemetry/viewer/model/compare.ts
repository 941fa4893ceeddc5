import { selfTime } from './gaps.ts';
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
  /** Milliseconds of all of them together; 0 where there are none. */
  durationA: number;
  durationB: number;
  /** `durationB - durationA`: all of it, where only one trace has such spans. */
  difference: number;
  /** As the durations, of the time in which none of their children ran: what no other row explains. */
  selfA: number;
  selfB: number;
  selfDifference: number;
}

/** A place in both traces: all spans with the same names above them. */
interface Place {
  name: string;
  parent: Place | undefined;
  depth: number;
  a: SpanNode[];
  b: SpanNode[];
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
    place[side].push(node);
    places.set(node, place);
  }
}

function inReverse(place: Place): Place[] {
  return [...place.below.values()].sort((a, b) => a.offset - b.offset).reverse();
}

function rowOf(place: Place): ComparisonRow {
  const [durationA, durationB] = [durationOf(place.a), durationOf(place.b)];
  const [selfA, selfB] = [selfTimeOf(place.a), selfTimeOf(place.b)];
  return {
    name: place.name,
    depth: place.depth,
    // Made when it is asked for: the paths of a trace nested 10,000 deep would fill the memory.
    get path() {
      return pathOf(place);
    },
    a: place.a.map(({ span }) => span),
    b: place.b.map(({ span }) => span),
    durationA,
    durationB,
    difference: differenceOf(durationA, durationB),
    selfA,
    selfB,
    selfDifference: differenceOf(selfA, selfB),
  };
}

/** To the microsecond: times since 1970 are exact to a quarter of one, and sums are less so. */
function differenceOf(a: number, b: number): number {
  return Math.round((b - a) * 1000) / 1000;
}

function durationOf(nodes: readonly SpanNode[]): number {
  return nodes.reduce((sum, { span }) => sum + span.duration, 0);
}

function selfTimeOf(nodes: readonly SpanNode[]): number {
  return nodes.reduce((sum, node) => sum + selfTime(node), 0);
}

function pathOf(place: Place): string[] {
  const names: string[] = [];
  for (let at: Place | undefined = place; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.reverse();
}
