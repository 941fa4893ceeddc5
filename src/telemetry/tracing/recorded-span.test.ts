import {
  type Attributes,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, describe, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import type { RecordedSpan } from './recorded-span.ts';

const { list, keeper, tracer } = recordSpans();
afterAll(() => keeper.shutdown());

const start = (options = {}): RecordedSpan => tracer.startSpan('test', options, ROOT_CONTEXT) as RecordedSpan;
/** The ended span, as an exporter reads it. */
const read = (use: (span: Span) => void, options = {}): RecordedSpan => {
  const span = start(options);
  use(span);
  span.end();
  return span;
};
const ms = ([seconds, nanoseconds]: HrTime): number => seconds * 1000 + nanoseconds / 1e6;

describe('status', () => {
  const statuses = (...all: { code: SpanStatusCode; message?: string }[]) =>
    read((span) => {
      for (const status of all) span.setStatus(status);
    }).status;
  const { UNSET, OK, ERROR } = SpanStatusCode;

  test('is unset until someone says so', () => expect(statuses()).toEqual({ code: UNSET }));
  test('an error has a message', () =>
    expect(statuses({ code: ERROR, message: 'no' })).toEqual({ code: ERROR, message: 'no' }));
  test('nothing else has', () => expect(statuses({ code: OK, message: 'yes' })).toEqual({ code: OK }));
  test('nothing becomes unset again', () =>
    expect(statuses({ code: ERROR }, { code: UNSET })).toEqual({ code: ERROR }));
  test('OK is final', () => expect(statuses({ code: OK }, { code: ERROR, message: 'no' })).toEqual({ code: OK }));
  test('OK after an error forgives it', () =>
    expect(statuses({ code: ERROR, message: 'no' }, { code: OK })).toEqual({ code: OK }));
  test('the last error counts', () =>
    expect(statuses({ code: ERROR, message: 'a' }, { code: ERROR })).toEqual({ code: ERROR }));
});

describe('times', () => {
  test('are those of the wall clock', () => {
    const before = Date.now();
    const span = read(() => {});
    const after = Date.now();
    expect(ms(span.startTime)).toBeGreaterThanOrEqual(before - 1);
    expect(ms(span.endTime)).toBeLessThanOrEqual(after + 1);
    expect(ms(span.duration)).toBeCloseTo(ms(span.endTime) - ms(span.startTime), 3);
  });

  const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  test.each<[string, TimeInput]>([
    ['milliseconds since 1970', AT],
    ['a Date', new Date(AT)],
    ['seconds and nanoseconds', [AT / 1000 - 0.678, 678_000_000]],
  ])('may be given as %s', (_what, time) => {
    const span = start({ startTime: time });
    span.addEvent('with', { a: 1 }, time);
    span.addEvent('without', time);
    span.end(time);
    for (const one of [span.startTime, span.endTime, ...span.events.map((event) => event.time)])
      expect(ms(one)).toBeCloseTo(AT, 2);
    expect(span.duration).toEqual([0, 0]);
    expect(span.events.map(({ attributes }) => attributes)).toEqual([{ a: 1 }, {}]);
  });

  test('may be given as readings of performance.now()', () => {
    const now = performance.now();
    const span = start({ startTime: now - 5 });
    span.end(now);
    expect(ms(span.duration)).toBeCloseTo(5, 2);
    expect(Math.abs(ms(span.endTime) - Date.now())).toBeLessThan(1000);
  });

  test('nanoseconds are whole and under a second', () => {
    for (let i = 0; i < 1000; i += 1) {
      const { startTime } = start({ startTime: AT + 0.9999996 + i });
      expect(Number.isInteger(startTime[1])).toBe(true);
      expect(startTime[1]).toBeLessThan(1e9);
    }
  });

  test('no span lasts less than no time', () => {
    const span = start({ startTime: AT });
    span.end(AT - 1000);
    expect([span.duration, span.endTime]).toEqual([[0, 0], span.startTime]);
  });

  test('one of 1970 ends like any other', () => {
    const before = list.spans.length;
    const span = start({ startTime: new Date(0) });
    span.end(new Date(0));
    span.end();
    expect([span.ended, span.isRecording()]).toEqual([true, false]);
    expect(list.spans.length - before).toBe(1);
  });

  test.each<[string, TimeInput]>([
    ['no number', Number.NaN],
    ['a Date that is none', new Date(Number.NaN)],
    ['endless', Number.POSITIVE_INFINITY],
  ])('one that is %s is as good as none, and spoils no export', (_what, time) => {
    const span = start({ startTime: time });
    span.addEvent('a', time);
    span.end(time);
    for (const one of [span.startTime, span.endTime, span.events[0]?.time ?? [0, 0]])
      expect(Math.abs(ms(one) - Date.now())).toBeLessThan(60_000);
  });
});

describe('events and links', () => {
  test('the last 128 events are held', () => {
    const span = read((it) => {
      for (let i = 0; i < 130; i += 1) it.addEvent(`e${i}`);
    });
    expect(span.events).toHaveLength(128);
    expect(span.events[0]?.name).toBe('e2');
    expect(span.droppedEventsCount).toBe(2);
  });

  const link = (i: number) => ({
    context: { traceId: String(i).padStart(32, '1'), spanId: '1'.repeat(16), traceFlags: 0 },
  });
  test('128 links are held, at whichever time they come', () => {
    const links = Array.from({ length: 130 }, (_, i) => link(i));
    const atStart = read(() => {}, { links });
    expect([atStart.links.length, atStart.droppedLinksCount]).toEqual([128, 2]);
    const later = read((it) => it.addLink(link(0)).addLinks(links));
    expect([later.links.length, later.droppedLinksCount]).toEqual([128, 3]);
    expect(links).toHaveLength(130);
  });
});

describe('an exception is an event', () => {
  const eventOf = (exception: unknown): Attributes | undefined => {
    const { events } = read((span) => span.recordException(exception as Error));
    expect(events.every(({ name }) => name === 'exception')).toBe(true);
    return events[0]?.attributes;
  };

  test('with type, message and stack', () => {
    const error = new TypeError('no');
    expect(eventOf(error)).toEqual({
      'exception.type': 'TypeError',
      'exception.message': 'no',
      'exception.stacktrace': error.stack,
    });
  });
  test('with its code for a type', () => {
    expect(eventOf(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))).toMatchObject({
      'exception.type': 'ECONNRESET',
    });
    expect(eventOf({ code: 42, message: 'a' })).toMatchObject({ 'exception.type': '42' });
  });
  test('or only a message', () => expect(eventOf('no')).toEqual({ 'exception.message': 'no' }));
  test.each([undefined, null, '', 0, {}])('and %j is none', (exception) => expect(eventOf(exception)).toBeUndefined());
});

test('an ended span does not change any more', () => {
  const span = read((it) => it.setAttribute('a', 1).addEvent('e').setStatus({ code: SpanStatusCode.OK }));
  const before = JsonTraceSerializer.serializeRequest([span as ReadableSpan]);
  span.setAttribute('a', 2).setAttributes({ b: 3 }).addEvent('f').updateName('other');
  span.setStatus({ code: SpanStatusCode.ERROR }).addLink({ context: span.spanContext() });
  span.recordException(new Error('late'));
  span.end(Date.now() + 5000);
  expect(span.isRecording()).toBe(false);
  expect(JsonTraceSerializer.serializeRequest([span as ReadableSpan])).toEqual(before);
});

test('ending twice is ending once', () => {
  const before = list.spans.length;
  const span = start();
  span.end();
  const { endTime } = span;
  span.end();
  expect(list.spans.length - before).toBe(1);
  expect(span.endTime).toEqual(endTime);
});

test('both exporters take whatever is in a span', () => {
  const span = read(
    (it) => {
      it.setAttributes({ text: 'ü', whole: 1, broken: 1.5, huge: 1e300, not: Number.NaN, yes: true });
      it.setAttributes({ list: ['a', null, 'b'], empty: [] });
      it.addEvent('e', { a: undefined, b: null as never, c: { d: 1 } as never });
      it.recordException(new Error('no'));
    },
    {
      startTime: new Date(Number.NaN),
      links: [{ context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 } }],
    },
  ) as ReadableSpan;
  expect(JsonTraceSerializer.serializeRequest([span])?.length).toBeGreaterThan(100);
  expect(ProtobufTraceSerializer.serializeRequest([span])?.length).toBeGreaterThan(100);
});
