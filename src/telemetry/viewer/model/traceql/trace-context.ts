import { buildTree, preorder, type SpanNode } from '../span-tree.ts';
import type { TraceSummary } from '../summary.ts';
import type { ViewerSpan, ViewerTrace } from '../trace.ts';

/** What a query wants to know about a whole trace; worked out when it is first asked for. */
export class TraceContext {
  readonly trace: ViewerTrace;
  readonly summary: TraceSummary;
  #nodes: Map<ViewerSpan, SpanNode> | undefined;
  #duration: bigint | undefined;

  constructor(trace: ViewerTrace, summary: TraceSummary) {
    this.trace = trace;
    this.summary = summary;
  }

  /** Each span with its node, parents before their children. */
  get nodes(): ReadonlyMap<ViewerSpan, SpanNode> {
    this.#nodes ??= new Map(preorder(buildTree(this.trace.spans)).map((node) => [node.span, node]));
    return this.#nodes;
  }

  node(span: ViewerSpan): SpanNode | undefined {
    return this.nodes.get(span);
  }

  /** Nanoseconds from the first start of a span to the last end. */
  get duration(): bigint {
    this.#duration ??= this.#measure();
    return this.#duration;
  }

  #measure(): bigint {
    const [first] = this.trace.spans;
    if (first === undefined) return 0n;
    let { startNano: start, endNano: end } = first;
    for (const span of this.trace.spans) {
      if (span.startNano < start) start = span.startNano;
      if (span.endNano > end) end = span.endNano;
    }
    return end > start ? end - start : 0n;
  }
}
