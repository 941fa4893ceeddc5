import { context, propagation, type TracerProvider, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator } from '@opentelemetry/core';
import type { HeadSampler } from './head-sampler.ts';
import { TraceContextPropagator } from './trace-context.ts';
import type { TraceKeeper } from './trace-keeper.ts';
import { createTracerProvider } from './tracer.ts';

/**
 * Makes tracing that of the whole process: what asks `@opentelemetry/api` for a tracer, for the running span or for
 * propagation gets ours. This takes the place of the SDK's `NodeSDK`, which loads 16 MB of exporters that nobody asked for,
 * and of its spans, which cost the same whether they are kept or not.
 */
export const installTracing = (sampler: HeadSampler, keeper: TraceKeeper): TracerProvider => {
  const provider = createTracerProvider(sampler, keeper);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new TraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  return provider;
};
