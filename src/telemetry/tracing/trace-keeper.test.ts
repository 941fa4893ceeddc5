import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { keptTree } from '../../../test/support/recorded-spans.ts';
import { fail, type Recording, undecidedTraces, under } from '../../../test/support/undecided-traces.ts';
import { log } from '../log.ts';
import { exemplarLabels, leadsToTrace, setExemplarPolicy } from '../metrics/exemplars.ts';
import { answerBegins, keepTrace, localTraceOf } from './keep-trace.ts';
import type { RecordedSpan } from './recorded-span.ts';

const { record, kept, buffered } = undecidedTraces();

const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

const TREE = 'request\n  first\n    deep\n      deeper\n  second\n  third';

/** One request with six spans, siblings before and after; `at` names the one where `happens` is called while it runs. */
const request = (tracer: Recording['tracer'], at = '', happens: (span: Span) => void = fail): Span => {
  let clock = Date.now() - 100;
  const next = (): Date => {
    clock += 1;
    return new Date(clock);
  };
  const start = (name: string, parent?: Span): Span => {
    const span = tracer.startSpan(name, { startTime: next() }, parent ? under(parent) : ROOT_CONTEXT);
    if (name === at) context.with(under(span), () => happens(span));
    return span;
  };
  const root = start('request');
  const first = start('first', root);
  const deep = start('deep', first);
  const deeper = start('deeper', deep);
  for (const span of [deeper, deep, first]) span.end();
  start('second', root).end();
  start('third', root).end();
  root.end();
  return root;
};

describe('a request that was not chosen', () => {
  test('leaves nothing when it ends well', async () => {
    const { list, tracer } = record();
    request(tracer);
    expect(list.spans).toEqual([]);
    expect(await buffered()).toBe(0);
    for (const reason of ['rate', 'error', 'slow', 'mark']) expect(await kept(reason)).toBe(0);
  });

  test.each(['request', 'first', 'deep', 'deeper', 'second', 'third'])('is kept whole when %s fails', async (name) => {
    const { list, tracer } = record();
    request(tracer);
    const root = request(tracer, name);
    request(tracer);
    expect(keptTree(list.spans)).toBe(TREE);
    expect(list.spans.every(({ trace: { traceId } }) => traceId === root.spanContext().traceId)).toBe(true);
    expect(await kept('error')).toBe(1);
    expect(await buffered()).toBe(0);
  });

  test.each(['request', 'deeper', 'third'])('is kept whole when %s marks it', async (name) => {
    const { list, tracer } = record();
    request(tracer, name, () => keepTrace());
    expect(keptTree(list.spans)).toBe(TREE);
    expect(await kept('mark')).toBe(1);
  });

  test('is kept whole when a line at error is written in it, not at warn', async () => {
    const { list, tracer } = record();
    request(tracer, 'deep', () => log.warn('a warning of this test'));
    expect(list.spans).toEqual([]);
    request(tracer, 'deep', () => log.error('an error of this test'));
    expect(keptTree(list.spans)).toBe(TREE);
    expect(await kept('error')).toBe(1);
  });

  test('is kept once, for the first reason', async () => {
    const { list, tracer } = record();
    request(tracer, 'deeper', (span) => {
      keepTrace();
      fail(span);
      keepTrace();
      log.error('an error of this test');
    });
    expect(keptTree(list.spans)).toBe(TREE);
    expect([await kept('mark'), await kept('error')]).toEqual([1, 0]);
  });

  test('is kept when two of its spans fail, once', async () => {
    const { list, tracer } = record();
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    for (const name of ['a', 'b']) fail(tracer.startSpan(name, {}, under(root))).end();
    fail(root).end();
    expect(keptTree(list.spans)).toBe('request\n  a\n  b');
    expect(await kept('error')).toBe(1);
  });

  test('goes downstream as not sampled all the same', () => {
    const { list, tracer } = record();
    const root = request(tracer, 'request');
    expect(root.spanContext().traceFlags).toBe(0);
    expect(list.spans.map((span) => span.spanContext().traceFlags)).toEqual(Array(6).fill(0));
  });

  test('is let go when its error was forgiven', () => {
    const { list, tracer } = record();
    request(tracer, 'deep', (span) => fail(span).setStatus({ code: SpanStatusCode.OK }));
    expect(list.spans).toEqual([]);
  });

  test('is let go when the error is that of an exception that was only noted', () => {
    const { list, tracer } = record();
    request(tracer, 'deep', (span) => span.recordException(new Error('handled')));
    expect(list.spans).toEqual([]);
  });

  test('is not kept for errors where those are not wanted', async () => {
    const { list, tracer } = record({ keep: { errors: false, slowerThan: 1000 } });
    request(tracer, 'deep');
    request(tracer, 'deep', () => log.error('an error of this test'));
    expect(list.spans).toEqual([]);
    expect(await kept('error')).toBe(0);
    request(tracer, 'deep', () => keepTrace());
    expect(keptTree(list.spans)).toBe(TREE);
  });
});

test('a request that was chosen is there span by span, and counted once', async () => {
  const { list, tracer } = record({ ratio: 1 });
  const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
  tracer.startSpan('first', {}, under(root)).end();
  expect(list.spans.map(({ name }) => name)).toEqual(['first']);
  fail(tracer.startSpan('second', {}, under(root))).end();
  context.with(under(root), () => keepTrace());
  root.end();
  expect(keptTree(list.spans)).toBe('request\n  first\n  second');
  expect([await kept('rate'), await kept('error'), await kept('mark')]).toEqual([1, 0, 0]);
});

describe('a slow request', () => {
  const lasting = (tracer: Recording['tracer'], milliseconds: number): void => {
    const root = tracer.startSpan('request', { startTime: ago(milliseconds) }, ROOT_CONTEXT);
    tracer.startSpan('first', {}, under(root)).end();
    root.end();
  };

  test('is kept whole', async () => {
    const { list, tracer } = record({ keep: { errors: true, slowerThan: 200 } });
    lasting(tracer, 100);
    expect(list.spans).toEqual([]);
    lasting(tracer, 300);
    expect(keptTree(list.spans)).toBe('request\n  first');
    expect(await kept('slow')).toBe(1);
  });

  test('is not, with a slow child in a root that was not waiting for it', () => {
    const { list, tracer } = record({ keep: { errors: true, slowerThan: 200 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    tracer.startSpan('before', { startTime: ago(10_000) }, under(root)).end();
    root.end();
    expect(list.spans).toEqual([]);
  });

  test('is not, where 0 says so', () => {
    const { list, tracer, keeper } = record({ keep: { errors: true, slowerThan: 0 } });
    lasting(tracer, 100_000);
    const open = tracer.startSpan('request', { startTime: ago(100_000) }, ROOT_CONTEXT);
    keeper.sweep();
    open.end();
    expect(list.spans).toEqual([]);
  });

  test('is judged by the time until its answer began, however long that takes', () => {
    const { list, tracer, keeper } = record({ keep: { errors: true, slowerThan: 200 } });
    const stream = (sinceStart: number): void => {
      const root = tracer.startSpan('stream', { startTime: ago(sinceStart) }, ROOT_CONTEXT);
      context.with(under(root), () => answerBegins());
      keeper.sweep();
      root.end(Date.now() + 60_000);
    };
    stream(100);
    expect(list.spans).toEqual([]);
    stream(300);
    expect(keptTree(list.spans)).toBe('stream');
  });
});

describe('exemplars', () => {
  test('point only at traces of which it is certain that they are kept, and that can be found', () => {
    setExemplarPolicy(() => true);
    const { tracer } = record();
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    expect(exemplarLabels(root)).toEqual({});
    fail(tracer.startSpan('first', {}, under(root))).end();
    const { traceId, spanId } = root.spanContext();
    expect(exemplarLabels(root)).toEqual({ trace_id: traceId, span_id: spanId });
    root.end();
    expect(exemplarLabels(root)).toEqual({ trace_id: traceId, span_id: spanId });
    setExemplarPolicy(() => false);
    expect(exemplarLabels(root)).toEqual({});
    setExemplarPolicy(() => true);
    expect(exemplarLabels(request(tracer))).toEqual({});
    const wrapped = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
    expect(exemplarLabels(wrapped)).toEqual({});
  });
});

test('an exemplar is gone once its trace was lost, or nobody knows whether it arrived', () => {
  const { tracer } = record({ ratio: 1 });
  const begin = () => {
    setExemplarPolicy(() => true);
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT) as RecordedSpan;
    return { root, labels: exemplarLabels(root) };
  };
  const arrived = begin();
  arrived.root.trace.arrived = true;
  const [lost, waiting] = [begin(), begin()];
  expect([arrived, lost, waiting].map(({ labels }) => leadsToTrace(labels))).toEqual([true, true, true]);
  lost.root.trace.lost += 1;
  setExemplarPolicy(() => false);
  expect([arrived, lost, waiting].map(({ labels }) => leadsToTrace(labels))).toEqual([true, false, false]);
});

test('a trace knows why it was kept', () => {
  const { tracer } = record();
  expect(localTraceOf(request(tracer))?.kept).toBeUndefined();
  expect(localTraceOf(request(tracer, 'deep'))?.kept).toBe('error');
  expect(localTraceOf(trace.wrapSpanContext({ traceId: '1', spanId: '2', traceFlags: 1 }))).toBeUndefined();
});
