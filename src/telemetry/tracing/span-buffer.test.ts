import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { fail, type Recording, undecidedTraces, under } from '../../../test/support/undecided-traces.ts';
import { exemplarLabels, setExemplarPolicy } from '../metrics/exemplars.ts';
import { BUFFER_LIMITS } from './trace-keeper.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const { record, kept, dropped, buffered } = undecidedTraces();
const full = (): Promise<number> => dropped('buffer_full');

/** A request that goes on, with so many spans that have ended. */
const begin = (tracer: Recording['tracer'], spans: number, name = 'request'): Span => {
  const root = tracer.startSpan(name, {}, ROOT_CONTEXT);
  for (let i = 0; i < spans; i += 1) tracer.startSpan(`${name} ${i}`, {}, under(root)).end();
  return root;
};

test('the oldest makes room; should it fail, what is left of it is kept, and what is not is counted', async () => {
  const { list, tracer } = record({ limits: { spans: 10 } });
  const old = begin(tracer, 4, 'old');
  const middle = begin(tracer, 4, 'middle');
  const young = begin(tracer, 4, 'young');
  expect(await buffered()).toBe(8);
  expect(await full()).toBe(0);

  tracer.startSpan('old last', {}, under(old)).end();
  fail(old).end();
  expect(list.spans.map(({ name }) => name)).toEqual(['old last', 'old']);
  expect(await full()).toBe(4);

  fail(middle).end();
  young.end();
  expect(list.spans.slice(2).map(({ name }) => name)).toEqual([...[0, 1, 2, 3].map((i) => `middle ${i}`), 'middle']);
  expect(await full()).toBe(4);
  expect(await buffered()).toBe(0);
});

test('a trace with holes gets no exemplar', () => {
  setExemplarPolicy(() => true);
  const { tracer } = record({ limits: { spans: 2 } });
  const old = begin(tracer, 2);
  begin(tracer, 1).end();
  fail(old).end();
  expect(exemplarLabels(old)).toEqual({});
});

test('what is dropped of requests that end well is not lost: nobody wanted it', async () => {
  const { list, tracer } = record({ limits: { spans: 10 } });
  for (const root of Array.from({ length: 5 }, () => begin(tracer, 8))) root.end();
  expect(list.spans).toEqual([]);
  expect(await full()).toBe(0);
  expect(await buffered()).toBe(0);
});

test('one trace has its own limit, and its root is there all the same', async () => {
  const { list, tracer } = record({ limits: { spansOfOne: 5 } });
  const root = begin(tracer, 8);
  const other = begin(tracer, 3, 'other');
  expect(await buffered()).toBe(8);
  fail(other).end();
  expect(list.spans).toHaveLength(4);
  list.spans = [];
  fail(root).end();
  // Once it is kept there is no limit any more.
  expect(list.spans.map(({ name }) => name)).toContain('request');
  expect(list.spans.length + (await full())).toBe(9);
  expect(list.spans.length).toBeGreaterThanOrEqual(5);
});

test('a trace that is larger than the whole buffer keeps its end', async () => {
  const { list, tracer } = record({ limits: { spans: 10 } });
  const root = begin(tracer, 95);
  expect(await buffered()).toBeLessThanOrEqual(10);
  fail(root).end();
  expect(list.spans.at(-1)?.name).toBe('request');
  expect(list.spans.length + (await full())).toBe(96);
});

describe('10,000 requests at once', () => {
  const COUNT = 10_000;

  test('hold no more spans than the limit, take no longer for it, and each that fails is kept', async () => {
    const { list, tracer } = record({ limits: { spans: 30_000 }, keep: { errors: true, slowerThan: 0 } });
    const began = performance.now();
    const open = Array.from({ length: COUNT }, (_, i) => begin(tracer, 5, `r${i}`));
    expect(await buffered()).toBe(30_000);
    // The first 4,000 have made room for the rest. Now those get some more each, for which the next ones make room.
    for (const [i, root] of open.entries()) if (i < 4000) tracer.startSpan(`r${i} again`, {}, under(root)).end();
    expect(await buffered()).toBeLessThanOrEqual(30_000);
    for (const [i, root] of open.entries()) (i % 100 === 0 ? fail(root) : root).end();
    expect(performance.now() - began).toBeLessThan(5000);

    expect(await buffered()).toBe(0);
    const traces = Map.groupBy(list.spans, (span) => span.trace);
    expect(traces.size).toBe(100);
    for (const [local, spans] of traces) {
      expect(spans).toContain(local.root);
      // The root and five, and one more for the first 4,000.
      expect(spans.length + local.lost).toBe(Number(local.root?.name.slice(1)) < 4000 ? 7 : 6);
    }
    expect(await full()).toBe([...traces.keys()].reduce((sum, { lost }) => sum + lost, 0));
    expect(await kept('error')).toBe(100);
  });

  test('that hang without a span of their own are no burden to those that do not', async () => {
    const { list, tracer } = record({ limits: { spans: 100 }, keep: { errors: true, slowerThan: 0 } });
    const hanging = Array.from({ length: COUNT }, () => tracer.startSpan('hanging', {}, ROOT_CONTEXT));
    const began = performance.now();
    // The buffer is full all the time, so that each span has to find what to drop.
    const busy = Array.from({ length: 2000 }, () => begin(tracer, 5));
    for (const root of busy) root.end();
    expect(performance.now() - began).toBeLessThan(1000);
    for (const root of hanging) root.end();
    expect(list.spans).toEqual([]);
    expect(await buffered()).toBe(0);
  });

  test('take memory within what was said of the buffer', async () => {
    const { tracer, keeper } = record({ keep: { errors: true, slowerThan: 0 }, limits: { age: 0 } });
    const used = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const empty = used();
    const open = Array.from({ length: COUNT }, () => begin(tracer, 10));
    expect(await buffered()).toBe(BUFFER_LIMITS.spans);
    expect(used() - empty).toBeLessThan(BUFFER_LIMITS.spans * 1500);
    keeper.sweep();
    expect(await buffered()).toBe(0);
    for (const root of open) root.end();
  });
});

test('a process whose requests never end does not grow by them', async () => {
  const { tracer, keeper } = record({ keep: { errors: true, slowerThan: 0 }, limits: { age: 0 } });
  let leaked: WeakRef<Span> | undefined;
  (() => {
    leaked = new WeakRef(begin(tracer, 1));
  })();
  await new Promise((resolve) => setTimeout(resolve, 5));
  keeper.sweep();
  await new Promise((resolve) => setTimeout(resolve, 5));
  collectGarbage();
  expect(leaked?.deref()).toBeUndefined();
});
