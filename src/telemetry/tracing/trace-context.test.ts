import { context, defaultTextMapGetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { afterAll, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { PARENT_ID, TRACE_CONTEXT_CASES, TRACE_ID } from '../../../test/telemetry/trace-context-cases.ts';
import { withCallerTrust } from '../caller-trust.ts';
import { readTraceState } from './trace-state.ts';

const { tracer, keeper } = recordSpans({ ratio: 0 });
afterAll(() => keeper.shutdown());

type Carrier = Record<string, string | string[]>;

/** As Node hands them over: lower case, without the white space around, what comes several times as one. */
const received = (headers: readonly (readonly [string, string])[]): Carrier => {
  const carrier: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const text = value.replace(/^[ \t]+|[ \t]+$/g, '');
    carrier[key] = key in carrier ? `${carrier[key]}, ${text}` : text;
  }
  return carrier;
};

/** What goes on to the next service from a request with these headers. */
const handedOn = (carrier: Carrier): { traceId: string; spanId: string; flags: string; state: string | undefined } => {
  const parent = withCallerTrust(propagation.extract(ROOT_CONTEXT, carrier), true);
  const span = tracer.startSpan('request', {}, parent);
  const next: { traceparent?: string; tracestate?: string } = {};
  propagation.inject(trace.setSpan(parent, span), next);
  span.end();
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(next.traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) throw new Error(`handed on ${next.traceparent}`);
  return { traceId, spanId, flags, state: next.tracestate };
};

test('there are cases enough', () => expect(TRACE_CONTEXT_CASES.length).toBeGreaterThanOrEqual(60));

test.each(TRACE_CONTEXT_CASES)('$what', ({ headers, continued, state, flags }) => {
  const next = handedOn(received(headers));
  expect(next.traceId === TRACE_ID).toBe(continued);
  expect(next.traceId).not.toMatch(/^0+$/);
  expect(next.spanId).not.toBe(PARENT_ID);
  expect(next.state).toBe(state);
  if (flags !== undefined) expect(next.flags).toBe(flags);
  else if (!continued) expect(next.flags).toBe('00');
});

test.each(Array.from({ length: 256 }, (_, flags) => flags.toString(16).padStart(2, '0')))(
  'of the flags %s only the two known bits count',
  (flags) => {
    const next = handedOn({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}` });
    expect(next.traceId).toBe(TRACE_ID);
    expect(Number.parseInt(next.flags, 16)).toBe(Number.parseInt(flags, 16) & 3);
  },
);

test('white space around is nothing, where nobody has taken it away before', () => {
  expect(handedOn({ traceparent: `\t 00-${TRACE_ID}-${PARENT_ID}-01 \t` }).traceId).toBe(TRACE_ID);
  expect(handedOn({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate: ' a=1\t' }).state).toBe('a=1');
});

test('several headers may also come as a list', () => {
  const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
  expect(handedOn({ traceparent: [traceparent], tracestate: ['a=1', 'b=2'] })).toMatchObject({
    traceId: TRACE_ID,
    state: 'a=1,b=2',
  });
  expect(handedOn({ traceparent: [traceparent, traceparent] }).traceId).not.toBe(TRACE_ID);
});

test('a context that came from elsewhere goes on as it came, without the bits that nobody knows', () => {
  const carrier = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-ff`, tracestate: 'a=1' };
  const next = {};
  propagation.inject(propagation.extract(ROOT_CONTEXT, carrier), next);
  expect(next).toEqual({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-03`, tracestate: 'a=1' });
});

test('nothing goes on where nothing is, and where tracing is suppressed', () => {
  const none = {};
  propagation.inject(ROOT_CONTEXT, none);
  propagation.inject(suppressTracing(trace.setSpan(context.active(), tracer.startSpan('a'))), none);
  propagation.inject(
    trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext({ traceId: '0', spanId: '0', traceFlags: 1 })),
    none,
  );
  expect(none).toEqual({});
});

test.each([undefined, null, 7, {}, true])('a carrier with %j in it is as good as an empty one', (value) => {
  const carrier = { traceparent: value, tracestate: value } as unknown as Carrier;
  expect(trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))).toBeUndefined();
});

test('the caller is known to be elsewhere', () => {
  const ctx = propagation.extract(ROOT_CONTEXT, { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
  expect(trace.getSpanContext(ctx)).toEqual({ traceId: TRACE_ID, spanId: PARENT_ID, traceFlags: 1, isRemote: true });
});

test('the state of a trace can be read and changed, each time as a new one', () => {
  const state = readTraceState('a=1,b=2');
  expect(state?.get('b')).toBe('2');
  expect(state?.get('c')).toBeUndefined();
  expect(state?.set('b', '3').serialize()).toBe('b=3,a=1');
  expect(state?.set('c', '3').serialize()).toBe('c=3,a=1,b=2');
  expect(state?.set('C', '3').serialize()).toBe('a=1,b=2');
  expect(state?.set('c', 'x,y').serialize()).toBe('a=1,b=2');
  expect(state?.unset('a').serialize()).toBe('b=2');
  expect(state?.serialize()).toBe('a=1,b=2');
  const full = readTraceState(Array.from({ length: 32 }, (_, i) => `k${i}=v`).join(','));
  expect(full?.set('new', 'v').serialize()).toMatch(/^new=v,k0=v,.*k30=v$/);
});

test('a header as long as a request may have takes no time', () => {
  const began = performance.now();
  for (const tracestate of [
    ' '.repeat(16_000),
    `a=1${' '.repeat(16_000)}x`,
    'a=1,'.repeat(4000),
    `a=${'\t'.repeat(16_000)}`,
  ])
    handedOn({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate });
  for (const gap of [' ', '-', '0'])
    expect(handedOn({ traceparent: `cc-${TRACE_ID}-${PARENT_ID}-01-${gap.repeat(16_000)}x` }).traceId).toBe(TRACE_ID);
  expect(performance.now() - began).toBeLessThan(200);
});
