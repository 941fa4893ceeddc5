import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { sampleLine, sampleSpan } from '../../../test/support/sample-traces.ts';
import { makeLine } from '../logging/record.ts';
import type { LogLine, ViewerSpan } from './model/trace.ts';
import { type RingChange, type RingLimits, TraceRing } from './trace-ring.ts';

const RESOURCE = { service: 'svc', environment: 'test', version: '1' };
const under = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

const open = (limits?: Partial<RingLimits>, ratio = 1) => {
  const ring = new TraceRing(limits);
  const { tracer } = recordSpans({
    sinks: [ring],
    ratio,
    resource: { 'service.name': 'svc', 'service.instance.id': 'us' },
  });
  const log = (span: Span, message: string): void =>
    context.with(under(span), () => ring.takeLine(makeLine(RESOURCE, 'info', message, {})));
  /** One trace of `children` + 1 spans. */
  const request = (name: string, children = 1, note = ''): string => {
    const root = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: { 'http.response.status_code': 200 } });
    for (let i = 0; i < children; i += 1) {
      tracer.startSpan('SELECT posts', { kind: SpanKind.CLIENT, attributes: { note } }, under(root)).end();
    }
    root.end();
    return root.spanContext().traceId;
  };
  const names = (traceId: string): string[] => (ring.get(traceId)?.trace.spans ?? []).map((span) => span.name);
  const messages = (traceId: string): string[] => (ring.get(traceId)?.trace.lines ?? []).map((line) => line.message);
  return { ring, tracer, log, request, names, messages };
};

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

const ELSEWHERE = { service: 'elsewhere', resource: { 'service.name': 'elsewhere' } };

const span = (traceNumber: number, spanNumber: number, changes: Partial<ViewerSpan> = {}): ViewerSpan =>
  sampleSpan({
    id: hex(spanNumber, 16),
    traceId: hex(traceNumber, 32),
    name: `span ${spanNumber}`,
    kind: 'server',
    duration: 1,
    ...ELSEWHERE,
    ...changes,
  });

const line = (traceNumber: number, message: string, changes: Partial<LogLine> = {}): LogLine =>
  sampleLine(message, {
    traceId: hex(traceNumber, 32),
    timeNano: 1_700_000_000_000_500_000n,
    time: 1_700_000_000_000.5,
    ...ELSEWHERE,
    ...changes,
  });

describe('the ring', () => {
  test('keeps the newest traces, by when they appeared', () => {
    const { ring, request } = open({ traces: 2 });
    const [first = '', second = '', third = ''] = ['GET /a', 'GET /b', 'GET /c'].map((name) => request(name));
    expect(ring.list().map((one) => [one.traceId, one.seq])).toEqual([
      [third, 3],
      [second, 2],
    ]);
    expect(ring.get(first)).toBeUndefined();
  });

  test('a trace that grows does not move, and is not the one that makes room', () => {
    const { ring, tracer } = open({ traces: 2 });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => tracer.startSpan(name));
    if (!a || !b || !c) return;
    tracer.startSpan('child', {}, under(a)).end();
    b.end();
    expect(ring.list().map((one) => one.summary.name)).toEqual(['b', 'a']);
    a.end();
    expect(ring.list().map((one) => one.summary.name)).toEqual(['b', 'a']);
    c.end();
    expect(ring.list().map((one) => one.summary.name)).toEqual(['c', 'b']);
  });

  test('many large traces make older ones go, and one takes no more than its share', () => {
    const { ring, request } = open({ bytes: 60_000 });
    const first = request('GET /a');
    const larges = Array.from({ length: 12 }, () => request('GET /b', 20, 'x'.repeat(500)));
    expect(ring.get(first)).toBeUndefined();
    expect(ring.list().length).toBeGreaterThan(2);
    expect(ring.list().length).toBeLessThan(6);
    const last = ring.get(larges.at(-1) ?? '')?.trace;
    expect(last?.spans.length).toBeGreaterThan(3);
    expect(last?.dropped.spans).toBe(21 - (last?.spans.length ?? 0));
  });

  test('the oldest that still grows is not the one that makes room for it', () => {
    const { ring, tracer, request, names } = open({ bytes: 60_000 });
    const root = tracer.startSpan('GET /slow');
    const attributes = { note: 'x'.repeat(500) };
    tracer.startSpan('first', { attributes }, under(root)).end();
    const others = Array.from({ length: 11 }, () => request('GET /b', 3, 'x'.repeat(200)));
    for (let i = 0; i < 5; i += 1) tracer.startSpan('later', { attributes }, under(root)).end();
    expect(names(root.spanContext().traceId)).toEqual(['first', 'later', 'later', 'later', 'later', 'later']);
    expect(ring.get(others[0] ?? '')).toBeUndefined();
    expect(ring.get(others.at(-1) ?? '')).toBeDefined();
  });

  test('what is let go is not counted any more: it goes on holding as much as before', () => {
    const { ring, request } = open({ bytes: 60_000 });
    for (let i = 0; i < 50; i += 1) request('GET /a', 5, 'x'.repeat(200));
    const held = ring.list().length;
    for (let i = 0; i < 500; i += 1) request('GET /a', 5, 'x'.repeat(200));
    expect(ring.list().length).toBe(held);
    ring.clear();
    for (let i = 0; i < 50; i += 1) request('GET /a', 5, 'x'.repeat(200));
    expect(ring.list().length).toBe(held);
  });

  test.each([{ spans: 3 }, { bytes: 20_000 }])('a full trace (%o) loses spans but never its root', (limits) => {
    const { ring, request, names } = open(limits);
    const traceId = request('GET /a', 30, 'x'.repeat(200));
    const kept = names(traceId);
    expect(kept.filter((name) => name === 'GET /a')).toHaveLength(1);
    expect(kept.length).toBeLessThan(31);
    expect(ring.get(traceId)?.trace.dropped.spans).toBe(31 - kept.length);
    expect(ring.get(traceId)?.summary.complete).toBe(true);
  });

  test('one trace that a caller puts thousands of requests into stays within its limits', () => {
    const { ring, tracer } = open({ spans: 10 });
    const parent = { traceId: hex(7, 32), spanId: hex(1, 16), traceFlags: 1, isRemote: true };
    for (let i = 0; i < 1000; i += 1) {
      tracer.startSpan('GET /', {}, trace.setSpanContext(ROOT_CONTEXT, parent)).end();
    }
    expect(ring.get(parent.traceId)?.trace.spans).toHaveLength(110);
    expect(ring.get(parent.traceId)?.trace.dropped.spans).toBe(890);
  });

  test('a root that ends after its trace was let go is there without the rest', () => {
    const { tracer, request, names } = open({ traces: 1 });
    const root = tracer.startSpan('GET /slow');
    tracer.startSpan('child', {}, under(root)).end();
    request('GET /a');
    root.end();
    expect(names(root.spanContext().traceId)).toEqual(['GET /slow']);
  });

  test('shows nothing of traces that are not kept', () => {
    const { ring, tracer, log } = open({}, 0);
    const root = tracer.startSpan('GET /a');
    log(root, 'hello');
    root.end();
    expect(ring.list()).toEqual([]);
    expect(ring.get(root.spanContext().traceId)).toBeUndefined();
  });

  test('goes round again and again after clear, each trace in it once', () => {
    const { ring } = open({ traces: 3 });
    for (let number = 1; number <= 20; number += 1) {
      ring.receive([span(number, 1)], []);
      if (number === 4) ring.clear();
      const held = Math.min(number < 4 ? number : number - 4, 3);
      expect(ring.list().map((one) => one.seq)).toEqual(Array.from({ length: held }, (_, at) => number - at));
    }
  });

  test('is empty after clear, and takes what comes then', () => {
    const { ring, tracer, log, request, names, messages } = open();
    request('GET /a');
    const root = tracer.startSpan('GET /b');
    log(root, 'before');
    ring.clear();
    expect(ring.list()).toEqual([]);
    root.end();
    expect(names(root.spanContext().traceId)).toEqual(['GET /b']);
    expect(messages(root.spanContext().traceId)).toEqual([]);
    expect(ring.list()[0]?.seq).toBe(2);
  });
});

describe('log lines', () => {
  test('stand with their trace and their span, whether they came before or after it', () => {
    const { ring, tracer, log, messages } = open();
    const root = tracer.startSpan('GET /a');
    const child = tracer.startSpan('child', {}, under(root));
    log(child, 'first');
    child.end();
    log(root, 'second');
    root.end();
    log(root, 'third');
    const { traceId, spanId } = root.spanContext();
    expect(messages(traceId)).toEqual(['first', 'second', 'third']);
    expect(ring.get(traceId)?.trace.lines.map((one) => one.spanId)).toEqual([
      child.spanContext().spanId,
      spanId,
      spanId,
    ]);
    expect(ring.get(traceId)?.summary).toMatchObject({ spans: 2, lines: 3 });
  });

  test('without a trace are ignored', () => {
    const { ring } = open();
    ring.takeLine(makeLine(RESOURCE, 'info', 'nobody asked', {}));
    expect(ring.list()).toEqual([]);
  });

  test('have a limit of their own in each trace, which early ones count for', () => {
    const { ring, tracer, log } = open({ lines: 3 });
    const root = tracer.startSpan('GET /a');
    for (let i = 0; i < 5; i += 1) log(root, `early ${i}`);
    root.end();
    for (let i = 0; i < 5; i += 1) log(root, `late ${i}`);
    const held = ring.get(root.spanContext().traceId)?.trace;
    expect(held?.lines.map((one) => one.message)).toEqual(['early 0', 'early 1', 'early 2']);
    expect(held?.dropped).toEqual({ spans: 0, lines: 7 });
  });

  test('of traces without spans push out each other, the oldest first, and no trace', () => {
    const { ring, tracer, log, request, messages } = open({ bytes: 80_000 });
    const shown = request('GET /a');
    const first = tracer.startSpan('first');
    log(first, 'of the first');
    const unseen = Array.from({ length: 500 }, (_, i) => tracer.startSpan(`unseen ${i}`));
    for (const one of unseen) log(one, 'x'.repeat(100));
    const last = tracer.startSpan('last');
    log(last, 'of the last');
    first.end();
    last.end();
    expect(messages(first.spanContext().traceId)).toEqual([]);
    expect(messages(last.spanContext().traceId)).toEqual(['of the last']);
    expect(ring.get(shown)).toBeDefined();
    for (const one of unseen) one.end();
    const withLine = ring.list().filter((held) => held.trace.lines.length > 0);
    expect(withLine.length).toBeGreaterThan(3);
    expect(withLine.length).toBeLessThan(20);
  });
});

describe('what comes in', () => {
  test('stands beside what is of this process, in one trace', () => {
    const { ring, tracer, names, messages } = open();
    const root = tracer.startSpan('GET /a', { kind: SpanKind.CLIENT });
    root.end();
    const { traceId, spanId } = root.spanContext();
    ring.receive([span(1, 1, { traceId, parentSpanId: spanId, name: 'theirs' })], [line(1, 'hello', { traceId })]);
    expect(names(traceId).sort()).toEqual(['GET /a', 'theirs']);
    expect(messages(traceId)).toEqual(['hello']);
    expect(ring.list()).toHaveLength(1);
  });

  test('shows once, however often it comes', () => {
    const { ring, names, messages } = open();
    for (let i = 0; i < 3; i += 1) {
      ring.receive([span(1, 1), span(1, 2)], [line(1, 'hello'), line(1, 'hello again')]);
    }
    expect(names(hex(1, 32))).toEqual(['span 1', 'span 2']);
    expect(messages(hex(1, 32))).toEqual(['hello', 'hello again']);
    expect(ring.get(hex(1, 32))?.trace.dropped).toEqual({ spans: 0, lines: 0 });
  });

  test('is ignored when this process sent it to itself', () => {
    const { ring, log, tracer, messages, names } = open();
    const root = tracer.startSpan('GET /a');
    log(root, 'hello');
    root.end();
    const held = ring.get(root.spanContext().traceId);
    const { spans, lines } = held?.trace ?? { spans: [], lines: [] };
    // The exporter of log records gives them a time of its own, and the same instance.
    const resource = { ...spans[0]?.resource };
    ring.receive(
      spans.map((one) => ({ ...one, resource })),
      lines.map((one) => ({ ...one, resource, timeNano: one.timeNano + 300_000n })),
    );
    expect(names(root.spanContext().traceId)).toEqual(['GET /a']);
    expect(messages(root.spanContext().traceId)).toEqual(['hello']);
  });

  test('lines may come before their spans', () => {
    const { ring, messages } = open();
    ring.receive([], [line(1, 'hello')]);
    ring.receive([], [line(1, 'hello')]);
    expect(ring.list()).toEqual([]);
    ring.receive([span(1, 1)], []);
    expect(messages(hex(1, 32))).toEqual(['hello']);
  });

  test('is bounded by bytes, its resources included', () => {
    const { ring } = open({ bytes: 400_000 });
    for (let i = 1; i <= 50; i += 1) ring.receive([span(i, i, { resource: { blob: 'x'.repeat(20_000) } })], []);
    expect(ring.list()).toHaveLength(9);
    for (let i = 1; i <= 50; i += 1) ring.receive([span(100, i, { attributes: { blob: ['x'.repeat(20_000)] } })], []);
    expect(ring.get(hex(100, 32))?.trace.spans).toHaveLength(2);
    expect(ring.get(hex(100, 32))?.trace.dropped.spans).toBe(48);
    ring.receive([span(101, 1, { attributes: { blob: 'x'.repeat(200_000) } })], []);
    expect(ring.get(hex(101, 32))).toBeUndefined();
    expect(ring.list()[0]?.traceId).toBe(hex(100, 32));
  });
});

describe('a trace', () => {
  test('whose root has not ended is shown by its name, as not complete', async () => {
    const { ring, tracer } = open();
    const root = tracer.startSpan('GET /slow');
    tracer.startSpan('SELECT posts', {}, under(root)).end();
    const held = ring.get(root.spanContext().traceId);
    expect(held?.summary).toMatchObject({ name: 'GET /slow', complete: false, spans: 1 });
    expect(held?.summary.start).toBeLessThanOrEqual(held?.trace.spans[0]?.start ?? 0);
    root.end();
    expect(held?.summary).toMatchObject({ name: 'GET /slow', complete: true, spans: 2 });
  });

  test('is named by the root that is there, not by one that runs below it', () => {
    const { ring, tracer } = open();
    ring.receive([span(1, 1, { name: 'theirs' })], []);
    const parent = { traceId: hex(1, 32), spanId: hex(1, 16), traceFlags: 1, isRemote: true };
    const root = tracer.startSpan('GET /slow', {}, trace.setSpanContext(ROOT_CONTEXT, parent));
    tracer.startSpan('SELECT posts', {}, under(root)).end();
    expect(ring.get(parent.traceId)?.summary).toMatchObject({ name: 'theirs', complete: true, spans: 2 });
  });

  test('tells which requests and jobs of it run, until they end, also when there is no room for them', () => {
    const { ring, tracer } = open({ spans: 2 });
    const root = tracer.startSpan('POST /upload', { kind: SpanKind.SERVER });
    const { traceId } = root.spanContext();
    const remote = { ...root.spanContext(), isRemote: true };
    const jobs = ['job', 'other job'].map((name) =>
      tracer.startSpan(name, { kind: SpanKind.CONSUMER }, trace.setSpanContext(ROOT_CONTEXT, remote)),
    );
    root.end();
    const running = () => ring.get(traceId)?.summary.running.map(({ name, spanId }) => [name, spanId]);
    const named = (at: number) => [['job', 'other job'][at], jobs[at]?.spanContext().spanId];
    // Of a job in which nothing has ended the ring has never heard.
    expect(running()).toEqual([]);
    for (const job of jobs) tracer.startSpan('step', {}, under(job)).end();
    expect(ring.get(traceId)?.trace.dropped.spans).toBe(1);
    expect(running()).toEqual([named(0), named(1)]);
    expect(ring.get(traceId)?.summary).toMatchObject({ name: 'POST /upload', complete: true });
    const changes: RingChange[] = [];
    ring.watch((change) => changes.push(change));
    jobs[0]?.end();
    expect(running()).toEqual([named(1)]);
    expect(changes).toEqual([{ changed: traceId }]);
    // A caller put so many into this trace that there is no room for the last one's own span.
    for (let i = 0; i < 200; i += 1) tracer.startSpan('GET /', {}, trace.setSpanContext(ROOT_CONTEXT, remote)).end();
    expect(running()).toEqual([named(1)]);
    jobs[1]?.end();
    expect(ring.get(traceId)?.trace.spans.map(({ name }) => name)).not.toContain('other job');
    expect(running()).toEqual([]);
  });

  test('tells which spans of a job are open, so that what has ended in them has its place', () => {
    const { ring, tracer } = open();
    const job = tracer.startSpan('job');
    const step = tracer.startSpan('step', {}, under(job));
    tracer.startSpan('ffmpeg', {}, under(step)).end();
    const { traceId, spanId } = job.spanContext();
    const running = () => ring.get(traceId)?.summary.running;
    expect(running()).toMatchObject([
      { name: 'step', parentSpanId: spanId, isLocalRoot: false },
      { name: 'job', parentSpanId: undefined, isLocalRoot: true },
    ]);
    step.end();
    expect(running()).toMatchObject([{ name: 'job' }]);
    job.end();
    expect(running()).toEqual([]);
  });

  test('that was let go does not run on in what comes of it later', () => {
    const { ring, tracer, request } = open({ traces: 1 });
    const root = tracer.startSpan('GET /slow');
    const { traceId } = root.spanContext();
    tracer.startSpan('step', {}, under(root)).end();
    request('GET /a');
    tracer.startSpan('step', {}, under(root)).end();
    expect(ring.get(traceId)?.summary.running).toMatchObject([{ name: 'GET /slow' }]);
    root.end();
    expect(ring.get(traceId)?.summary.running).toEqual([]);
  });

  test('is put together once, until something of it comes', () => {
    const { ring, tracer, log } = open();
    const root = tracer.startSpan('GET /a');
    root.end();
    const held = ring.get(root.spanContext().traceId);
    const [before, summary] = [held?.trace, held?.summary];
    expect(ring.list()[0]?.trace).toBe(before);
    expect(ring.list()[0]?.summary).toBe(summary);
    const known = before?.spans[0];
    ring.receive(known ? [{ ...known }] : [], []);
    expect(held?.trace).toBe(before);
    log(root, 'late');
    expect(held?.trace).not.toBe(before);
    expect(held?.summary).toMatchObject({ lines: 1 });
    // What was looked at before is not made again.
    expect(held?.trace.spans[0]).toBe(known);
  });
});

describe('a watcher', () => {
  test('is told of each change at once, until it stops', () => {
    const { ring, tracer, log, request } = open({ traces: 2 });
    const changes: RingChange[] = [];
    const stop = ring.watch((change) => changes.push(change));
    const root = tracer.startSpan('GET /a');
    const { traceId } = root.spanContext();
    log(root, 'no span yet');
    expect(changes).toEqual([]);
    tracer.startSpan('child', {}, under(root)).end();
    log(root, 'hello');
    root.end();
    expect(changes).toEqual(Array(3).fill({ changed: traceId }));
    changes.length = 0;
    ring.receive([span(1, 1)], [line(1, 'hello')]);
    ring.receive([span(1, 1)], [line(1, 'hello')]);
    expect(changes).toEqual(Array(2).fill({ changed: hex(1, 32) }));
    changes.length = 0;
    const third = request('GET /c', 0);
    expect(changes).toEqual([{ gone: traceId }, { changed: third }]);
    changes.length = 0;
    ring.clear();
    expect(changes).toEqual([{ gone: hex(1, 32) }, { gone: third }]);
    stop();
    request('GET /d');
    expect(changes).toHaveLength(2);
  });
});
