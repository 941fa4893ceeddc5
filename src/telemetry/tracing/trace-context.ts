import {
  type Context,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { readTraceState } from './trace-state.ts';

/** Trace Context Level 2: at least the last 7 bytes of the trace id are random. Whoever made the id says so. */
export const RANDOM_TRACE_ID = 2;

/** Of a version to come, what we know is at its beginning. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const KNOWN_FLAGS = TraceFlags.SAMPLED | RANDOM_TRACE_ID;

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

/** @returns undefined for what the recommendation calls invalid. */
const readTraceparent = (header: string): SpanContext | undefined => {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  const caller = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & KNOWN_FLAGS, isRemote: true };
  return isSpanContextValid(caller) ? caller : undefined;
};

/**
 * `traceparent` and `tracestate` (https://www.w3.org/TR/trace-context-2/). The propagator of OpenTelemetry's core takes
 * parts of a `tracestate` that is invalid as a whole, gives a key that is there twice the place of one and the value of
 * the other, and knows neither the keys nor the random flag of Level 2.
 */
export class TraceContextPropagator implements TextMapPropagator {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const current = trace.getSpanContext(ctx);
    if (current === undefined || isTracingSuppressed(ctx) || !isSpanContextValid(current)) return;
    const flags = current.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, 'traceparent', `00-${current.traceId}-${current.spanId}-${flags}`);
    const state = current.traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    // Two of them are none: joined, they are not valid.
    const header = joined(getter.get(carrier, 'traceparent'));
    const caller = typeof header === 'string' ? readTraceparent(header) : undefined;
    if (caller === undefined) return ctx;
    const given = joined(getter.get(carrier, 'tracestate'));
    const traceState = typeof given === 'string' ? readTraceState(given) : undefined;
    return trace.setSpanContext(ctx, traceState ? { ...caller, traceState } : caller);
  }

  fields(): string[] {
    return ['traceparent', 'tracestate'];
  }
}
