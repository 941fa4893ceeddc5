import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { recordSpans } from '../../test/support/recorded-spans.ts';
import { RecentTraces } from './recent-traces.ts';
import { traceListText, traceText } from './trace-text.ts';
import type { RecordedSpan } from './tracing/recorded-span.ts';

const tracerOf = (traces: RecentTraces) => recordSpans({ sinks: [traces] }).tracer;
const under = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

/** One trace of `children` + 1 spans. */
const request = (traces: RecentTraces, name: string, children = 1, note = ''): string => {
  const tracer = tracerOf(traces);
  const root = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: { 'http.response.status_code': 200 } });
  for (let i = 0; i < children; i += 1) {
    tracer.startSpan('SELECT posts', { kind: SpanKind.CLIENT, attributes: { note } }, under(root)).end();
  }
  root.end();
  return root.spanContext().traceId;
};

test('keeps the newest traces', () => {
  const traces = new RecentTraces({ traces: 2 });
  const [first = '', second = '', third = ''] = ['GET /a', 'GET /b', 'GET /c'].map((name) => request(traces, name));
  expect(traces.list().map((one) => one.traceId)).toEqual([third, second]);
  expect(traces.get(first)).toBeUndefined();
});

test('a trace with too many spans loses the last of them but never its root, and says so', () => {
  const traces = new RecentTraces({ spans: 3 });
  const one = traces.get(request(traces, 'GET /a', 10));
  expect(one?.spans.map((span) => span.name)).toEqual(['SELECT posts', 'SELECT posts', 'SELECT posts', 'GET /a']);
  expect(one && traceText(one)).toContain('(7 more spans were not kept)');
});

test('many large traces make older ones go, and one takes no more than its share', () => {
  const traces = new RecentTraces({ bytes: 40_000 });
  const first = request(traces, 'GET /a');
  const larges = Array.from({ length: 12 }, () => request(traces, 'GET /b', 9, 'x'.repeat(500)));
  expect(traces.get(first)).toBeUndefined();
  expect(traces.list().length).toBeGreaterThan(3);
  const last = traces.get(larges.at(-1) ?? '');
  expect(last?.spans.length).toBeGreaterThan(1);
  expect(last?.dropped).toBeGreaterThan(0);
});

test('what is not kept is not shown', () => {
  const traces = new RecentTraces();
  recordSpans({ sinks: [traces], ratio: 0 })
    .tracer.startSpan('GET /a')
    .end();
  expect(traces.list()).toEqual([]);
});

test('a trace is a tree of what happened, in order, with its errors and events', () => {
  const traces = new RecentTraces();
  const tracer = tracerOf(traces);
  const root = tracer.startSpan('GET /api/v1/feed/unified', { kind: SpanKind.SERVER });
  const feed = tracer.startSpan('feed.get', {}, under(root));
  const query = tracer.startSpan('SELECT posts', { kind: SpanKind.CLIENT }, under(feed));
  query.recordException(new Error('relation is gone'));
  query.setStatus({ code: SpanStatusCode.ERROR, message: 'relation is gone' });
  query.end();
  feed.addEvent('feed cached', { count: 20 });
  feed.end();
  root.setAttributes({ 'user_agent.original': 'evil\n  forged line', 'http.response.status_code': 500 });
  root.end();

  const one = traces.get(root.spanContext().traceId);
  const text = one ? traceText(one) : '';
  const spans = text.split('\n').filter((line) => / ms/.test(line) && !line.includes('*'));
  expect(spans.map((line) => line.replace(/\d+\.\d/, 'N'))).toEqual([
    'GET /api/v1/feed/unified  N ms  [server]',
    '  feed.get  N ms',
    '    SELECT posts  N ms  [client]  ERROR',
  ]);
  expect(text).toContain('! relation is gone');
  expect(text).toMatch(/\* feed cached {2}\+\d+\.\d ms\n +count = 20\n/);
  expect(text).toContain('recent-traces.test.ts');
  expect(text).toContain('user_agent.original = evil   forged line\n');

  expect(traceListText(traces.list())).toMatch(
    new RegExp(`^\\S+Z +\\d+\\.\\d ms {2}500 +! GET /api/v1/feed/unified +${root.spanContext().traceId}\n$`),
  );
});

test('a trace whose root has not ended yet can be read', () => {
  const traces = new RecentTraces();
  const tracer = tracerOf(traces);
  const root = tracer.startSpan('GET /slow');
  tracer.startSpan('SELECT posts', {}, under(root)).end();
  const [one] = traces.list();
  expect(one && traceText(one)).toContain('\nSELECT posts');
  const spans: readonly RecordedSpan[] | undefined = one?.spans;
  expect(spans).toHaveLength(1);
});
