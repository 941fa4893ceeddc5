import {
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { afterEach, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { withCallerTrust } from '../caller-trust.ts';
import { RecordedSpan } from './recorded-span.ts';
import type { TraceKeeper } from './trace-keeper.ts';

const keepers: TraceKeeper[] = [];
const record = (options: Parameters<typeof recordSpans>[0] = {}) => {
  const recording = recordSpans(options);
  keepers.push(recording.keeper);
  return recording;
};
afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.shutdown()));
});

const REMOTE: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
};
const under = (span: Span) => trace.setSpan(ROOT_CONTEXT, span);
const from = (caller: SpanContext, trusted = true) =>
  withCallerTrust(trace.setSpanContext(ROOT_CONTEXT, caller), trusted);
const fail = (span: Span): Span => span.setStatus({ code: SpanStatusCode.ERROR });

test('a span belongs to the one that runs, and only if that is given or active', () => {
  const { tracer } = record();
  const root = tracer.startSpan('root', {}, ROOT_CONTEXT) as RecordedSpan;
  const child = context.with(under(root), () => tracer.startSpan('child')) as RecordedSpan;
  expect(root.parentSpanContext).toBeUndefined();
  expect(child.parentSpanContext).toEqual(root.spanContext());
  expect(child.spanContext()).toMatchObject({ traceId: root.spanContext().traceId, traceFlags: 1 });
  expect(child.spanContext().spanId).not.toBe(root.spanContext().spanId);
  expect(child.spanContext()).toBe(child.spanContext());
  const other = tracer.startSpan('other', {}, ROOT_CONTEXT);
  expect(other.spanContext().traceId).not.toBe(root.spanContext().traceId);
});

test('a span is of the kind and the scope that were asked for', () => {
  const { provider } = record();
  const tracer = provider.getTracer('some library', '1.2.3');
  expect(provider.getTracer('some library', '1.2.3')).toBe(tracer);
  expect(provider.getTracer('some library')).not.toBe(tracer);
  const span = tracer.startSpan('a', { kind: SpanKind.CLIENT }) as RecordedSpan;
  expect(span).toMatchObject({
    kind: SpanKind.CLIENT,
    instrumentationScope: { name: 'some library', version: '1.2.3' },
  });
  expect(tracer.startSpan('b')).toMatchObject({ kind: SpanKind.INTERNAL });
});

test('the active span is that of the function, in each of the forms', async () => {
  const { tracer, list } = record();
  const seen: (Span | undefined)[] = [];
  const fn = (span: Span): Span => {
    seen.push(trace.getActiveSpan());
    span.end();
    return span;
  };
  const outer = tracer.startSpan('outer', {}, ROOT_CONTEXT);
  const spans = [
    tracer.startActiveSpan('a', fn),
    tracer.startActiveSpan('b', { attributes: { a: 1 } }, fn),
    tracer.startActiveSpan('c', {}, under(outer), fn),
  ] as RecordedSpan[];
  expect(seen).toEqual(spans);
  expect(spans[1]?.attributes).toEqual({ a: 1 });
  expect(spans[2]?.parentSpanContext).toEqual(outer.spanContext());
  expect(trace.getActiveSpan()).toBeUndefined();
  await expect(tracer.startActiveSpan('d', async (span) => fail(span).end() as never)).resolves.toBeUndefined();
  expect(() =>
    tracer.startActiveSpan('e', () => {
      throw new Error('as is');
    }),
  ).toThrow('as is');
  expect(list.spans.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
});

test('options.root begins a trace of its own, with what the links say it comes from', () => {
  const { tracer } = record();
  const cause = tracer.startSpan('cause', {}, ROOT_CONTEXT);
  const links = [{ context: cause.spanContext(), attributes: { why: 'test' } }];
  const root = tracer.startSpan('background', { root: true, links }, under(cause)) as RecordedSpan;
  expect(root.parentSpanContext).toBeUndefined();
  expect(root.isLocalRoot).toBe(true);
  expect(root.spanContext().traceId).not.toBe(cause.spanContext().traceId);
  expect(root.links).toEqual(links);
});

test('a caller elsewhere is the parent: id, parent, state and, trusted, its decision go on', () => {
  const { tracer, list } = record({ ratio: 0 });
  const state = { serialize: () => 'a=1' } as SpanContext['traceState'] & object;
  const span = tracer.startSpan('request', {}, from({ ...REMOTE, traceState: state })) as RecordedSpan;
  expect(span.isLocalRoot).toBe(true);
  expect(span.parentSpanContext).toMatchObject({ spanId: REMOTE.spanId, isRemote: true });
  expect(span.spanContext()).toEqual({
    traceId: REMOTE.traceId,
    spanId: expect.not.stringMatching(REMOTE.spanId),
    traceFlags: 1,
    traceState: state,
  });
  const child = tracer.startSpan('child', {}, under(span));
  expect(child.spanContext().traceState).toBe(state);
  child.end();
  span.end();
  expect(list.spans.map(({ name }) => name)).toEqual(['child', 'request']);
});

test('a caller whom nobody trusts is the parent too, and decides nothing', () => {
  const { tracer, list } = record({ ratio: 0 });
  const span = tracer.startSpan('request', {}, from(REMOTE, false));
  expect(span.spanContext()).toMatchObject({ traceId: REMOTE.traceId, traceFlags: 0 });
  span.end();
  expect(list.spans).toEqual([]);
});

test('a trusted caller that did not sample is followed, though everything is kept here', () => {
  const { tracer, list } = record({ ratio: 1 });
  tracer.startSpan('request', {}, from({ ...REMOTE, traceFlags: 0 })).end();
  expect(list.spans).toEqual([]);
  const failed = tracer.startSpan('request', {}, from({ ...REMOTE, traceFlags: 0 }));
  fail(failed).end();
  expect(list.spans).toEqual([failed]);
});

test('a parent that is none is as good as none', () => {
  const { tracer } = record();
  for (const parent of [INVALID_SPAN_CONTEXT, { ...REMOTE, spanId: '0'.repeat(16) }, { ...REMOTE, traceId: 'x' }]) {
    const span = tracer.startSpan('request', {}, trace.setSpanContext(ROOT_CONTEXT, parent)) as RecordedSpan;
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  }
});

test.each([0, 1])('under the mere context of one of our spans it is decided as for that span (ratio %d)', (ratio) => {
  const { tracer, list } = record({ ratio });
  const span = tracer.startSpan('request', {}, ROOT_CONTEXT) as RecordedSpan;
  const wrapped = under(trace.wrapSpanContext(span.spanContext()));
  const detached = tracer.startSpan('detached', {}, wrapped) as RecordedSpan;
  expect(detached.parentSpanContext).toEqual(span.spanContext());
  expect(detached.spanContext()).toMatchObject({ traceId: span.spanContext().traceId, traceFlags: ratio });
  detached.end();
  expect(list.spans).toHaveLength(ratio);
});

test('two requests of one trace are judged apart', () => {
  const { tracer, list } = record({ ratio: 0 });
  const caller = from({ ...REMOTE, traceFlags: 0 });
  const [good, bad, late] = ['good', 'bad', 'late'].map((name) => tracer.startSpan(name, {}, caller)) as [
    Span,
    Span,
    Span,
  ];
  for (const root of [good, bad, late]) tracer.startSpan('child', {}, under(root)).end();
  fail(bad).end();
  good.end();
  expect(list.spans).toHaveLength(2);
  expect(list.spans.every((span) => span.trace === (bad as RecordedSpan).trace)).toBe(true);
  fail(late).end();
  expect(list.spans).toHaveLength(4);
});

test('where no trace can become kept, spans are not recorded; they have their ids', () => {
  const { tracer, list, keeper } = record({ ratio: 0, keep: { errors: false, slowerThan: 0 } });
  expect(keeper.recordsAll).toBe(false);
  const root = tracer.startSpan('request', { attributes: { a: 1 } }, ROOT_CONTEXT) as RecordedSpan;
  const child = tracer.startSpan('child', {}, under(root)) as RecordedSpan;
  expect([root.isRecording(), child.isRecording()]).toEqual([false, false]);
  expect(child.spanContext()).toMatchObject({ traceId: root.spanContext().traceId, traceFlags: 0 });
  expect(child.spanContext().spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  child.setAttribute('b', 2).addEvent('e').recordException(new Error('no'));
  fail(child).end();
  root.end(Date.now() + 100_000);
  keeper.sweep();
  expect(child.attributes).toEqual({});
  expect(child.events).toEqual([]);
  expect(list.spans).toEqual([]);
  const carrier: { traceparent?: string } = {};
  propagation.inject(under(root), carrier);
  expect(carrier.traceparent).toBe(`00-${root.spanContext().traceId}-${root.spanContext().spanId}-00`);
});

test('where no other trace can become kept, those that were chosen are recorded', () => {
  const { tracer, list } = record({ ratio: 1, keep: { errors: false, slowerThan: 0 } });
  tracer.startSpan('request', {}, ROOT_CONTEXT).end();
  expect(list.spans).toHaveLength(1);
});

test('what runs with tracing suppressed makes no span, and neither does what runs in there', () => {
  const { tracer, list } = record();
  const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
  tracer.startActiveSpan('quiet', {}, suppressTracing(under(root)), (quiet) => {
    expect(quiet).not.toBeInstanceOf(RecordedSpan);
    expect(quiet.isRecording()).toBe(false);
    expect(quiet.spanContext()).toEqual(INVALID_SPAN_CONTEXT);
    tracer.startSpan('quieter').end();
    quiet.end();
  });
  root.end();
  expect(list.spans).toEqual([root]);
});

test('each has ids of its own, though nobody asked for them before the end', () => {
  const { tracer, list } = record();
  const spans = Array.from({ length: 1000 }, () => tracer.startSpan('a', {}, ROOT_CONTEXT));
  for (const span of spans) span.end();
  expect(new Set(list.spans.map((span) => span.spanContext().spanId)).size).toBe(1000);
  expect(new Set(list.spans.map((span) => span.spanContext().traceId)).size).toBe(1000);
});
