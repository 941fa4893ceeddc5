import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { keptTree, type recordSpans } from '../../../test/support/recorded-spans.ts';
import { fail, undecidedTraces, under } from '../../../test/support/undecided-traces.ts';
import { keepTrace } from './keep-trace.ts';

const { record, kept, dropped, buffered } = undecidedTraces();

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
    expect(keptTree(list.spans)).toBe('request\n  first\n  second');
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
    expect(keptTree(list.spans)).toBe('request\n  third');
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
    expect(keptTree(list.spans)).toBe('request\n  first\n  late');
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
    expect(keptTree(list.spans)).toBe('request\n  first\n  late');
    expect(await kept('error')).toBe(1);
  });

  test('may have children of its own', () => {
    const { list, tracer, root, late } = background();
    root.end();
    fail(tracer.startSpan('later', {}, under(late))).end();
    late.end();
    expect(keptTree(list.spans)).toBe('request\n  first\n  late\n    later');
  });

  test('and fails within the grace is in time, beyond it too late, which is counted', async () => {
    const limits = { grace: 50 };
    const inTime = background({ limits });
    inTime.root.end();
    inTime.keeper.sweep();
    fail(inTime.late).end();
    expect(keptTree(inTime.list.spans)).toBe('request\n  first\n  late');

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
    const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
    root.end();
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
