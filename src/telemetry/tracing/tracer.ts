import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Span,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type InstrumentationScope, isTracingSuppressed } from '@opentelemetry/core';
import type { HeadSampler } from './head-sampler.ts';
import { newTraceId } from './ids.ts';
import { LocalTrace } from './local-trace.ts';
import { RecordedSpan } from './recorded-span.ts';
import { RANDOM_TRACE_ID } from './trace-context.ts';
import type { TraceKeeper } from './trace-keeper.ts';

type SpanFunction = (span: Span) => unknown;

/** Makes spans. What is decided is decided once for a whole trace, when its local root starts. */
class RecordingTracer implements Tracer {
  readonly #scope: InstrumentationScope;
  readonly #sampler: HeadSampler;
  readonly #keeper: TraceKeeper;

  constructor(scope: InstrumentationScope, sampler: HeadSampler, keeper: TraceKeeper) {
    this.#scope = scope;
    this.#sampler = sampler;
    this.#keeper = keeper;
  }

  startSpan(name: string, options: SpanOptions = {}, ctx: Context = context.active()): Span {
    if (isTracingSuppressed(ctx)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const parent = options.root ? undefined : trace.getSpan(ctx);
    return parent instanceof RecordedSpan
      ? new RecordedSpan(parent.trace, this.#scope, name, options, parent, undefined)
      : this.#startRoot(name, options, ctx, parent);
  }

  #startRoot(name: string, options: SpanOptions, ctx: Context, parent: Span | undefined): Span {
    const given = parent?.spanContext();
    const caller = given && isSpanContextValid(given) ? given : undefined;
    const traceId = caller?.traceId ?? newTraceId();
    const sampled = this.#sampler.isSampled(ctx, traceId, caller);
    const recording = sampled || this.#keeper.recordsAll;
    // Whoever made the id has said whether it is random; of ours we leave that open, as Level 1 has it.
    const flags = (sampled ? TraceFlags.SAMPLED : TraceFlags.NONE) | ((caller?.traceFlags ?? 0) & RANDOM_TRACE_ID);
    const local = new LocalTrace(this.#keeper, { traceId, sampled, flags, recording, state: caller?.traceState });
    return new RecordedSpan(local, this.#scope, name, options, undefined, caller);
  }

  startActiveSpan<F extends SpanFunction>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends SpanFunction>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends SpanFunction>(name: string, options: SpanOptions, ctx: Context, fn: F): ReturnType<F>;
  startActiveSpan(name: string, ...rest: unknown[]): unknown {
    const fn = rest.pop() as SpanFunction;
    const [options, ctx = context.active()] = rest as [SpanOptions?, Context?];
    const span = this.startSpan(name, options, ctx);
    return context.with(trace.setSpan(ctx, span), fn, undefined, span);
  }
}

/** The tracer provider of the process; see `TraceKeeper` for what becomes of its spans. */
export const createTracerProvider = (sampler: HeadSampler, keeper: TraceKeeper): TracerProvider => {
  const tracers = new Map<string, Tracer>();
  return {
    getTracer: (name, version) => {
      const key = `${name}@${version ?? ''}`;
      const known = tracers.get(key) ?? new RecordingTracer({ name, ...(version && { version }) }, sampler, keeper);
      tracers.set(key, known);
      return known;
    },
  };
};
