import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTraces } from '../../../test/support/otlp-wire.ts';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { OtlpProtobuf } from './otlp-protobuf.ts';

const CALLER = {
  traceId: 'f0'.repeat(16),
  spanId: 'e1'.repeat(8),
  traceFlags: 1,
  isRemote: true,
  traceState: new TraceState('vendor=1,other=ü'),
};

/** What a receiver reads: first of our encoder, then of OpenTelemetry's own serializer. */
const bothWays = (make: (tracer: ReturnType<typeof recordSpans>['tracer']) => void, encoder = new OtlpProtobuf()) => {
  const { tracer, list } = recordSpans();
  make(tracer);
  const theirs = ProtobufTraceSerializer.serializeRequest(list.spans as unknown as ReadableSpan[]);
  const decoded = (bytes: Uint8Array = new Uint8Array()) => decodeTraces('application/x-protobuf', Buffer.from(bytes));
  return [decoded(encoder.encode(list.spans)), decoded(theirs)];
};

const everything = (tracer: ReturnType<typeof recordSpans>['tracer']): void => {
  const root = tracer.startSpan('GET /a', { kind: SpanKind.SERVER }, trace.setSpanContext(ROOT_CONTEXT, CALLER));
  const under = trace.setSpan(ROOT_CONTEXT, root);
  const attributes = {
    whole: 20,
    negative: -3,
    part: 0.5,
    words: ['a', 'b'],
    empty: '',
    yes: true,
    no: false,
    list: [],
  };
  const child = tracer.startSpan(
    'feed.get',
    { attributes, links: [{ context: CALLER, attributes: { why: 'x' } }] },
    under,
  );
  child.setAttributes({ whole: 21, large: 2 ** 53, huge: 1e300, long: 'ä€🎵'.repeat(5000), later: 'yes' });
  child.addEvent('feed cached', { ttl: 30 });
  child.recordException(new TypeError('no'));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
  child.end();
  tracer
    .startSpan('SELECT posts', { kind: SpanKind.CLIENT, startTime: 1_700_000_000_123.456 }, under)
    .end(1_700_000_001_000);
  root.setStatus({ code: SpanStatusCode.OK });
  root.end();
};

describe('a receiver reads the same of our encoder as of OpenTelemetry’s', () => {
  test('with everything that a span can have', () => {
    const [ours, theirs] = bothWays(everything);
    expect(ours).toHaveLength(3);
    expect(ours).toEqual(theirs);
  });

  test('again and again, though strings are remembered, and grow in number', () => {
    const encoder = new OtlpProtobuf();
    for (let round = 0; round < 200; round += 1) {
      const [ours, theirs] = bothWays((tracer) => {
        tracer
          .startSpan(`round ${round}`, { attributes: { same: 'same', other: `other ${round}`, [`n${round}`]: 1 } })
          .end();
        if (round % 50 === 0) everything(tracer);
      }, encoder);
      expect(ours).toEqual(theirs);
    }
  });

  test('with whatever attributes and times', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const value = fc.oneof(scalar, fc.array(fc.string()), fc.array(fc.boolean()));
    const attributes = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 60 });
    const moment = fc.date({ min: new Date(1e12), max: new Date(4e12), noInvalidDate: true });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), attributes, attributes, moment, (name, given, set, startTime) => {
        const [ours, theirs] = bothWays((tracer) => {
          const span: Span = tracer.startSpan(name, { attributes: given, startTime });
          span
            .setAttributes(set)
            .addEvent(name, given)
            .end(startTime.getTime() + 0.123);
        });
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 200, seed: 42 },
    );
  });
});
