import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { metricValue } from '../../../test/support/metric-value.ts';
import { nodeOf, recordSpans } from '../../../test/support/recorded-spans.ts';
import { orphans, tree } from '../../../test/support/trace-tree.ts';
import { log } from '../log.ts';
import { exemplarLabels, setExemplarPolicy } from '../metrics/exemplars.ts';
import { metricsText } from '../metrics/exposition.ts';
import { answerBegins, keepTrace, localTraceOf } from './keep-trace.ts';
import type { RecordedSpan } from './recorded-span.ts';
import type { TraceKeeper } from './trace-keeper.ts';

const keepers: TraceKeeper[] = [];
/** Traces none by its rate, unless asked to. */
const record = (options: Parameters<typeof recordSpans>[0] = {}) => {
  const recording = recordSpans({ ratio: 0, ...options });
  keepers.push(recording.keeper);
  return recording;
};

let before: string;
const counted = async (name: string, reason: string): Promise<number> => {
  const now = (await metricsText('')).body;
  return metricValue(now, name, { reason }) - metricValue(before, name, { reason });
};
const kept = (reason: string): Promise<number> => counted('telemetry_traces_kept_total', reason);
const dropped = (reason: string): Promise<number> => counted('telemetry_spans_dropped_total', reason);
const buffered = async (): Promise<number> => metricValue((await metricsText('')).body, 'telemetry_buffered_spans');

beforeEach(async () => {
  before = (await metricsText('')).body;
});
afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.shutdown()));
});

const under = (span: Span) => trace.setSpan(ROOT_CONTEXT, span);
const fail = (span: Span): Span => span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
const ago = (milliseconds: number): Date => new Date(Date.now() - milliseconds);

/** What was kept, as a tree; fails when a span is there twice or lacks its parent. */
const shape = (spans: readonly RecordedSpan[]): string => {
  expect(new Set(spans).size).toBe(spans.length);
  expect(orphans(spans.map(nodeOf))).toEqual([]);
  expect(spans.every(({ ended }) => ended)).toBe(true);
  return tree(spans.map(nodeOf));
};

const TREE = 'request\n  first\n    deep\n      deeper\n  second\n  third';

/** One request with six spans, siblings before and after; `at` names the one where `happens` is called while it runs. */
const request = (
  tracer: ReturnType<typeof recordSpans>['tracer'],
  at = '',
  happens: (span: Span) => void = fail,
): Span => {
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
    expect(shape(list.spans)).toBe(TREE);
    expect(list.spans.every(({ trace: { traceId } }) => traceId === root.spanContext().traceId)).toBe(true);
    expect(await kept('error')).toBe(1);
    expect(await buffered()).toBe(0);
  });

  test.each(['request', 'deeper', 'third'])('is kept whole when %s marks it', async (name) => {
    const { list, tracer } = record();
    request(tracer, name, () => keepTrace());
    expect(shape(list.spans)).toBe(TREE);
    expect(await kept('mark')).toBe(1);
  });

  test('is kept whole when a line at error is written in it, not at warn', async () => {
    const { list, tracer } = record();
    request(tracer, 'deep', () => log.warn('a warning of this test'));
    expect(list.spans).toEqual([]);
    request(tracer, 'deep', () => log.error('an error of this test'));
    expect(shape(list.spans)).toBe(TREE);
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
    expect(shape(list.spans)).toBe(TREE);
    expect([await kept('mark'), await kept('error')]).toEqual([1, 0]);
  });

  test('is kept when two of its spans fail, once', async () => {
    const { list, tracer } = record();
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    for (const name of ['a', 'b']) fail(tracer.startSpan(name, {}, under(root))).end();
    fail(root).end();
    expect(shape(list.spans)).toBe('request\n  a\n  b');
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
    expect(shape(list.spans)).toBe(TREE);
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
  expect(shape(list.spans)).toBe('request\n  first\n  second');
  expect([await kept('rate'), await kept('error'), await kept('mark')]).toEqual([1, 0, 0]);
});

describe('a slow request', () => {
  const lasting = (tracer: ReturnType<typeof recordSpans>['tracer'], milliseconds: number): void => {
    const root = tracer.startSpan('request', { startTime: ago(milliseconds) }, ROOT_CONTEXT);
    tracer.startSpan('first', {}, under(root)).end();
    root.end();
  };

  test('is kept whole', async () => {
    const { list, tracer } = record({ keep: { errors: true, slowerThan: 200 } });
    lasting(tracer, 100);
    expect(list.spans).toEqual([]);
    lasting(tracer, 300);
    expect(shape(list.spans)).toBe('request\n  first');
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
    expect(shape(list.spans)).toBe('stream');
  });
});

describe('a request that does not end', () => {
  test('is kept as slow while it hangs, with what comes later', async () => {
    const { list, tracer, keeper } = record({ keep: { errors: true, slowerThan: 50 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    tracer.startSpan('first', {}, under(root)).end();
    keeper.sweep();
    expect(list.spans).toEqual([]);
    await sleep(60);
    keeper.sweep();
    expect(list.spans.map(({ name }) => name)).toEqual(['first']);
    expect(await kept('slow')).toBe(1);
    tracer.startSpan('second', {}, under(root)).end();
    keeper.sweep();
    root.end();
    expect(shape(list.spans)).toBe('request\n  first\n  second');
    expect(await kept('slow')).toBe(1);
  });

  test('is looked at by itself, once a second', async () => {
    const { list, tracer } = record({ keep: { errors: true, slowerThan: 50 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    tracer.startSpan('first', {}, under(root)).end();
    await sleep(1200);
    expect(list.spans.map(({ name }) => name)).toEqual(['first']);
    root.end();
  });

  test('is forgotten by its age where nobody wants slow ones; should it fail at last, that is known', async () => {
    const { list, tracer, keeper } = record({ keep: { errors: true, slowerThan: 0 }, limits: { age: 50 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    for (const name of ['first', 'second']) tracer.startSpan(name, {}, under(root)).end();
    keeper.sweep();
    expect(await buffered()).toBe(2);
    await sleep(60);
    keeper.sweep();
    expect(await buffered()).toBe(0);
    tracer.startSpan('third', {}, under(root)).end();
    expect(await buffered()).toBe(1);
    fail(root).end();
    expect(shape(list.spans)).toBe('request\n  third');
    expect(await dropped('buffer_full')).toBe(2);
    expect(await buffered()).toBe(0);
  });

  test('is forgotten by its age and ends well: nothing is lost, nothing is left', async () => {
    const { list, tracer, keeper } = record({ keep: { errors: true, slowerThan: 0 }, limits: { age: 50 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    tracer.startSpan('first', {}, under(root)).end();
    await sleep(60);
    keeper.sweep();
    root.end();
    expect(list.spans).toEqual([]);
    expect(await dropped('buffer_full')).toBe(0);
    expect(await buffered()).toBe(0);
  });
});

describe('a span that ends after its root', () => {
  /** A request whose root has ended while one of its spans runs. */
  const background = (options: Parameters<typeof recordSpans>[0] = {}) => {
    const recording = record(options);
    const root = recording.tracer.startSpan('request', {}, ROOT_CONTEXT);
    recording.tracer.startSpan('first', {}, under(root)).end();
    const late = recording.tracer.startSpan('late', {}, under(root));
    return { ...recording, root, late };
  };

  test('belongs to a trace that was kept', () => {
    const { list, root, late } = background();
    fail(root).end();
    expect(list.spans.map(({ name }) => name)).toEqual(['first', 'request']);
    late.end();
    expect(shape(list.spans)).toBe('request\n  first\n  late');
  });

  test('lets the trace go when it ends well too', async () => {
    const { list, root, late } = background();
    root.end();
    expect(await buffered()).toBe(2);
    late.end();
    expect(await buffered()).toBe(0);
    expect(list.spans).toEqual([]);
  });

  test('and fails has the whole trace kept', async () => {
    const { list, root, late } = background();
    root.end();
    fail(late).end();
    expect(shape(list.spans)).toBe('request\n  first\n  late');
    expect(await kept('error')).toBe(1);
  });

  test('may have children of its own', () => {
    const { list, tracer, root, late } = background();
    root.end();
    fail(tracer.startSpan('later', {}, under(late))).end();
    late.end();
    expect(shape(list.spans)).toBe('request\n  first\n  late\n    later');
  });

  test('and fails within the grace is in time, beyond it too late, which is counted', async () => {
    const limits = { grace: 50 };
    const inTime = background({ limits });
    inTime.root.end();
    inTime.keeper.sweep();
    fail(inTime.late).end();
    expect(shape(inTime.list.spans)).toBe('request\n  first\n  late');

    const tooLate = background({ limits });
    tooLate.root.end();
    await sleep(60);
    tooLate.keeper.sweep();
    expect(await buffered()).toBe(0);
    fail(tooLate.late).end();
    expect(tooLate.list.spans).toEqual([]);
    expect(await dropped('late')).toBe(1);
  });

  test('and is well beyond the grace is nothing to speak of', async () => {
    const { list, root, late, keeper } = background({ limits: { grace: 50 } });
    root.end();
    await sleep(60);
    keeper.sweep();
    late.end();
    expect(list.spans).toEqual([]);
    expect(await dropped('late')).toBe(0);
  });

  test('and never does keeps nothing in memory beyond the grace', async () => {
    const { list, root, keeper } = background({ limits: { grace: 50 } });
    root.end();
    await sleep(60);
    keeper.sweep();
    expect(await buffered()).toBe(0);
    expect(list.spans).toEqual([]);
  });

  test('and starts after the trace was let go leaves nothing, and fails unheard but counted', async () => {
    const { list, tracer, keeper } = record();
    const root = request(tracer);
    tracer.startSpan('after', {}, under(root)).end();
    fail(tracer.startSpan('after', {}, under(root))).end();
    context.with(under(root), () => keepTrace());
    keeper.sweep();
    expect(list.spans).toEqual([]);
    expect(await buffered()).toBe(0);
    expect(await dropped('late')).toBe(1);
    expect(await kept('mark')).toBe(0);
  });

  test('is let go though the given end of its root lies in the future', async () => {
    const { tracer, keeper } = record({ limits: { grace: 50 } });
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    tracer.startSpan('late', {}, under(root));
    root.end(Date.now() + 3_600_000);
    // A clock that is an hour ahead makes it slow.
    expect(await kept('slow')).toBe(1);
    const quick = tracer.startSpan('request', { startTime: Date.now() + 3_600_000 }, ROOT_CONTEXT);
    tracer.startSpan('late', {}, under(quick));
    quick.end(Date.now() + 3_600_000);
    expect(await buffered()).toBe(1);
    await sleep(60);
    keeper.sweep();
    expect(await buffered()).toBe(0);
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

test('a trace knows why it was kept', () => {
  const { tracer } = record();
  expect(localTraceOf(request(tracer))?.kept).toBeUndefined();
  expect(localTraceOf(request(tracer, 'deep'))?.kept).toBe('error');
  expect(localTraceOf(trace.wrapSpanContext({ traceId: '1', spanId: '2', traceFlags: 1 }))).toBeUndefined();
});
