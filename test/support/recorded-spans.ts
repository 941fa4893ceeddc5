import type { HrTime } from '@opentelemetry/api';
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

/** Holds the spans of kept traces, in the order in which they came. */
export class SpanList implements SpanSink {
  spans: RecordedSpan[] = [];

  take(span: RecordedSpan): boolean {
    this.spans.push(span);
    return true;
  }

  async flush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

interface Options {
  ratio?: number;
  keep?: KeepPolicy;
  limits?: Partial<BufferLimits>;
  sinks?: readonly SpanSink[];
}

/** Traces this process as the product does, by default all of it, into a list for a test to look at. */
export const recordSpans = ({
  ratio = 1,
  keep = { errors: true, slowerThan: 1000 },
  limits,
  sinks = [],
}: Options = {}) => {
  const list = new SpanList();
  const keeper = new TraceKeeper(resourceFromAttributes({}), [list, ...sinks], keep, limits);
  const provider = installTracing(new HeadSampler(ratio, 'a secret of the tests'), keeper);
  return { list, keeper, provider, tracer: provider.getTracer('test') };
};

/** Nanoseconds since 1970. */
const nanoseconds = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

/** What `tree` and its kin read of a span. */
export const nodeOf = (span: RecordedSpan) => ({
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId,
  remoteParent: span.parentSpanContext?.isRemote === true,
  name: span.name,
  start: nanoseconds(span.startTime),
});
