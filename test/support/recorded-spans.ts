import type { Attributes, HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { HeadSampler } from '../../src/telemetry/tracing/head-sampler.ts';
import { installTracing } from '../../src/telemetry/tracing/install.ts';
import type { RecordedSpan } from '../../src/telemetry/tracing/recorded-span.ts';
import {
  type BufferLimits,
  type KeepPolicy,
  type SpanSink,
  TraceKeeper,
} from '../../src/telemetry/tracing/trace-keeper.ts';
import { orphans, tree } from './trace-tree.ts';

/** Holds the spans of kept traces, in the order in which they came. */
export class SpanList implements SpanSink {
  spans: RecordedSpan[] = [];

  take(span: RecordedSpan): boolean {
    this.spans.push(span);
    return true;
  }

  async shutdown(): Promise<void> {}
}

interface Options {
  ratio?: number;
  keep?: KeepPolicy;
  limits?: Partial<BufferLimits>;
  sinks?: readonly SpanSink[];
  /** Attributes of the process. */
  resource?: Attributes;
}

/** Traces this process as the product does, by default all of it, into a list for a test to look at. */
export const recordSpans = ({
  ratio = 1,
  keep = { errors: true, slowerThan: 1000 },
  limits,
  sinks = [],
  resource = {},
}: Options = {}) => {
  const list = new SpanList();
  const keeper = new TraceKeeper(resourceFromAttributes(resource), [list, ...sinks], keep, limits);
  const provider = installTracing(new HeadSampler(ratio), keeper);
  return { list, keeper, provider, tracer: provider.getTracer('test') };
};

/** Nanoseconds since 1970. */
const nanoseconds = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

/** What `tree` and its kin read of a span. */
const nodeOf = (span: RecordedSpan) => ({
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId,
  remoteParent: span.parentSpanContext?.isRemote === true,
  name: span.name,
  start: nanoseconds(span.startTime),
});

/** What was kept, as a tree. @throws when a span is there twice, lacks its parent or has not ended. */
export const keptTree = (spans: readonly RecordedSpan[]): string => {
  const nodes = spans.map(nodeOf);
  if (new Set(nodes.map(({ spanId }) => spanId)).size < nodes.length) throw new Error(`twice in\n${tree(nodes)}`);
  if (orphans(nodes).length > 0) throw new Error(`without their parents in\n${tree(nodes)}`);
  if (!spans.every(({ ended }) => ended)) throw new Error(`not ended in\n${tree(nodes)}`);
  return tree(nodes);
};
