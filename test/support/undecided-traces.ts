import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach } from 'vitest';
import { metricsText } from '../../src/telemetry/metrics/exposition.ts';
import type { TraceKeeper } from '../../src/telemetry/tracing/trace-keeper.ts';
import { metricValue } from './metric-value.ts';
import { recordSpans } from './recorded-spans.ts';

type Options = Parameters<typeof recordSpans>[0];
export type Recording = ReturnType<typeof recordSpans>;

/** For tests of what is kept though it was not chosen: traces, and what the metrics say since the test began. */
export const undecidedTraces = () => {
  const keepers: TraceKeeper[] = [];
  let before = '';
  const text = async (): Promise<string> => (await metricsText('')).body;
  beforeEach(async () => {
    before = await text();
  });
  afterEach(async () => {
    await Promise.all(keepers.splice(0).map((keeper) => keeper.shutdown()));
  });
  const counted = async (name: string, reason: string): Promise<number> =>
    metricValue(await text(), name, { reason }) - metricValue(before, name, { reason });
  return {
    /** Traces this process, none by its rate unless asked to. */
    record: (options: Options = {}): Recording => {
      const recording = recordSpans({ ratio: 0, ...options });
      keepers.push(recording.keeper);
      return recording;
    },
    /** Traces kept for `reason`. */
    kept: (reason: string): Promise<number> => counted('telemetry_traces_kept_total', reason),
    /** Spans lost for `reason`. */
    dropped: (reason: string): Promise<number> => counted('telemetry_spans_dropped_total', reason),
    /** Spans that wait for a decision. */
    buffered: async (): Promise<number> => metricValue(await text(), 'telemetry_buffered_spans'),
  };
};

/** The context inside `span`. */
export const under = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

export const fail = (span: Span): Span => span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
