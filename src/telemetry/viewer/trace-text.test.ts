import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { makeLine } from '../logging/record.ts';
import { readOtlpTraces } from './model/from-otlp.ts';
import { TraceRing } from './trace-ring.ts';
import { traceListText, traceText } from './trace-text.ts';

const under = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

const open = (spans?: number) => {
  const ring = new TraceRing(spans === undefined ? {} : { spans, lines: spans });
  const { tracer } = recordSpans({ sinks: [ring], resource: { 'service.name': 'svc' } });
  const log = (span: Span, message: string, fields = {}): void =>
    context.with(under(span), () =>
      ring.takeLine(makeLine({ service: 'svc', environment: 'test', version: '1' }, 'warn', message, fields)),
    );
  const textOf = (span: Span): string => {
    const held = ring.get(span.spanContext().traceId);
    return held ? traceText(held.trace) : '';
  };
  return { ring, tracer, log, textOf };
};

test('a trace is a tree of what happened, in order, with its errors, events and log lines', () => {
  const { ring, tracer, log, textOf } = open();
  const root = tracer.startSpan('GET /api/v1/feed/unified', { kind: SpanKind.SERVER });
  const feed = tracer.startSpan('feed.get', {}, under(root));
  const query = tracer.startSpan('SELECT posts', { kind: SpanKind.CLIENT }, under(feed));
  query.recordException(new Error('relation is gone'));
  query.setStatus({ code: SpanStatusCode.ERROR, message: 'relation is gone' });
  log(query, 'no such\ntable', { error: new Error('relation is gone'), tries: 2 });
  query.end();
  feed.addEvent('feed cached', { count: 20 });
  feed.end();
  root.setAttributes({ 'user_agent.original': 'evil\n  forged line', 'http.response.status_code': 500 });
  root.end();

  const text = textOf(root);
  const spans = text.split('\n').filter((line) => / ms/.test(line) && !/[*>]/.test(line));
  expect(spans.map((line) => line.replace(/\d+\.\d/, 'N'))).toEqual([
    'GET /api/v1/feed/unified  N ms  [server]',
    '  feed.get  N ms',
    '    SELECT posts  N ms  [client]  ERROR',
  ]);
  expect(text).toContain('! relation is gone');
  expect(text).toMatch(/\* feed cached {2}\+\d+\.\d ms\n +count = 20\n/);
  expect(text).toMatch(/\n {8}> WARN no such table {2}\+\d+\.\d ms\n {12}exception.type = Error\n/);
  expect(text).toMatch(/ {12}tries = 2\n/);
  expect(text.match(/trace-text\.test\.ts/g)?.length).toBeGreaterThan(1);
  expect(text).toContain('user_agent.original = evil   forged line\n');

  expect(traceListText(ring.list().map(({ summary }) => summary))).toMatch(
    new RegExp(`^\\S+Z +\\d+\\.\\d ms {2}500 +! GET /api/v1/feed/unified +${root.spanContext().traceId}\n$`),
  );
});

test('a trace whose root has not ended yet can be read', () => {
  const { ring, tracer, log, textOf } = open();
  const root = tracer.startSpan('GET /slow');
  tracer.startSpan('SELECT posts', {}, under(root)).end();
  log(root, 'still here');
  expect(textOf(root)).toContain('\nSELECT posts');
  expect(textOf(root)).toMatch(/log lines of spans that are not here:\n {4}\S+Z {2}WARN still here\n/);
  expect(traceListText(ring.list().map(({ summary }) => summary))).toMatch(/ open {4}GET \/slow /);
});

test('says what was left out', () => {
  const { tracer, log, textOf } = open(2);
  const root = tracer.startSpan('GET /a');
  for (let i = 0; i < 5; i += 1) {
    tracer.startSpan('SELECT posts', {}, under(root)).end();
    log(root, 'again');
  }
  root.end();
  expect(textOf(root)).toContain('(3 more spans were not kept)\n(3 more log lines were not kept)\n');
});

test('a chain of thousands of spans is neither too deep nor too wide', () => {
  const { tracer, textOf } = open();
  const root = tracer.startSpan('root');
  let parent = root;
  for (let i = 0; i < 5000; i += 1) {
    parent = tracer.startSpan(`deep ${i}`, {}, under(parent));
    parent.end();
  }
  root.end();
  const text = textOf(root);
  expect(text).toContain('deep 4999');
  expect(text.length).toBeLessThan(1_000_000);
});

test('says which process did what, where there are several, and where a value is cut', () => {
  const { ring } = open();
  const group = (service: string, spans: object[]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [{ spans: spans.map((span) => ({ traceId: 'a'.repeat(32), startTimeUnixNano: '5', ...span })) }],
  });
  const [root, job, step] = ['1', '2', '3'].map((digit) => digit.repeat(16));
  const attributes = [{ key: 'long', value: { stringValue: 'x'.repeat(301) } }];
  const resourceSpans = [
    group('api', [{ spanId: root, name: 'POST /upload', attributes }]),
    group('worker', [
      { spanId: job, parentSpanId: root, name: 'audio.process' },
      { spanId: step, parentSpanId: job, name: 'audio.decode' },
    ]),
  ];
  ring.receive(readOtlpTraces({ resourceSpans }).spans, []);
  const held = ring.get('a'.repeat(32));
  expect(held && traceText(held.trace)).toBe(
    `trace ${'a'.repeat(32)}  3 spans  1970-01-01T00:00:00.000Z
POST /upload  0.0 ms  (api)
    long = ${'x'.repeat(300)}…
  audio.process  0.0 ms  (worker)
    audio.decode  0.0 ms
`,
  );
  expect(held && traceListText([held.summary])).toMatch(/ {2}a{32} {2}api, worker\n$/);
});

test('numbers that JSON does not know are there too', () => {
  const { ring } = open();
  const number = (key: string, value: object) => ({ key, value });
  const attributes = [
    number('nothing', { doubleValue: 'NaN' }),
    number('large', { intValue: '9223372036854775807' }),
    number('list', { arrayValue: { values: [{ doubleValue: '-Infinity' }, { intValue: '9223372036854775807' }] } }),
  ];
  const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'x', startTimeUnixNano: '5', attributes };
  ring.receive(readOtlpTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).spans, []);
  const held = ring.get('a'.repeat(32));
  expect(held && traceText(held.trace)).toContain(
    '    nothing = NaN\n    large = 9223372036854775807\n    list = ["-Infinity","9223372036854775807"]\n',
  );
});

test('there are no traces yet', () => expect(traceListText([])).toBe('no traces yet\n'));
