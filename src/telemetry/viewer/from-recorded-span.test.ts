import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { fromRecordedSpan } from './from-recorded-span.ts';
import { readOtlpTraces } from './model/from-otlp.ts';

const CALLER = {
  traceId: 'f0'.repeat(16),
  spanId: 'e1'.repeat(8),
  traceFlags: 1,
  isRemote: true,
  traceState: createTraceState('vendor=1'),
};

const everything = () => {
  const { tracer, list } = recordSpans({
    resource: { 'service.name': 'svc', 'deployment.environment.name': 'test', 'process.command_args': ['a', 'b'] },
  });
  const root = tracer.startSpan('GET /a', { kind: SpanKind.SERVER }, trace.setSpanContext(ROOT_CONTEXT, CALLER));
  const under = trace.setSpan(ROOT_CONTEXT, root);
  const attributes = { whole: 20, part: 0.5, words: ['a', 'b'], empty: '', yes: true, no: false, list: [] };
  const child = tracer.startSpan(
    'feed.get',
    { attributes, links: [{ context: CALLER, attributes: { why: 'x' } }] },
    under,
  );
  child.setAttributes({ whole: 21, later: 'yes', nothing: undefined });
  for (let i = 0; i < 130; i += 1) child.addEvent(`event ${i}`, { ttl: 30, holes: [null, 'a'] });
  child.recordException(new TypeError('no'));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
  child.end();
  const times = { startTime: 1_700_000_000_123.456 };
  tracer.startSpan('SELECT posts', { kind: SpanKind.CLIENT, ...times }, under).end(1_700_000_001_000);
  for (const kind of [SpanKind.PRODUCER, SpanKind.CONSUMER]) tracer.startSpan('job', { kind }, under).end();
  root.setStatus({ code: SpanStatusCode.OK });
  for (let i = 0; i < 130; i += 1) root.setAttribute(`name ${i}`, i);
  root.end();
  return list.spans;
};

test('a span of this process looks as it does when another sends it', () => {
  const spans = everything();
  const sent = JsonTraceSerializer.serializeRequest(spans as unknown as ReadableSpan[]);
  const received = readOtlpTraces(JSON.parse(new TextDecoder().decode(sent)));
  expect(received.problem).toBeUndefined();
  expect(spans.map(fromRecordedSpan)).toEqual(received.spans);
  expect(received.spans).toHaveLength(5);
  expect(received.spans[0]).toMatchObject({ traceState: 'vendor=1' });
});

test('all spans of a process share its resource', () => {
  const [first, second] = everything().map(fromRecordedSpan);
  expect(first?.resource).toBe(second?.resource);
});
