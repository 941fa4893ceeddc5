import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleSpan, sampleSummary, sampleTrace, traceStart } from '../../../../../test/support/sample-traces.ts';
import type { ViewerSpan, ViewerTrace } from '../trace.ts';
import { matchesTraceQL } from './evaluate.ts';
import { parseTraceQL } from './parse.ts';

const matches = (text: string, trace: ViewerTrace) => matchesTraceQL(parseTraceQL(text), trace, sampleSummary());

/** Whether a trace of this one span matches. */
const matchesSpan = (text: string, span: Partial<ViewerSpan>) =>
  matches(text, sampleTrace([sampleSpan({ id: 'a', ...span })]));

const failed: Partial<ViewerSpan> = {
  name: 'SELECT posts',
  kind: 'client',
  duration: 120,
  status: 'error',
  statusMessage: 'timeout',
  attributes: {
    'feed.type': 'unified',
    rows: 20,
    big: 9007199254740993n,
    share: 0.5,
    'cache.hit': false,
    hot: true,
    'a b': 'x',
    none: null,
  },
  resource: { 'service.name': 'api', rows: 1 },
  events: [
    { name: 'retry', timeNano: BigInt(traceStart) * 1_000_000n + 5_000_000n, attributes: { attempt: 1, first: false } },
    {
      name: 'exception',
      timeNano: BigInt(traceStart) * 1_000_000n + 9_000_000n,
      attributes: { attempt: 2, last: true },
    },
  ],
  links: [
    { traceId: 'b'.repeat(32), spanId: '00000000000000c1', traceState: '', flags: 0, attributes: { kind: 'follows' } },
  ],
};

test.each([
  '{}',
  '{ duration > 100ms && status = error && span.feed.type = "unified" }',
  '{ duration = 120ms && duration <= 0.12s && duration != 120us }',
  '{ name = "SELECT posts" && kind = client && statusMessage = "timeout" }',
  '{ span:name =~ "SELECT .*" && span:name !~ "SELECT" }',
  '{ resource.service.name = "api" && .service.name = "api" }',
  '{ span.rows = 20 && span.rows >= 19.5 && span.rows < 21 && 20 = span.rows && .rows = 20 && resource.rows = 1 }',
  '{ span.big = 9007199254740993 && span.big != 9007199254740992 && span.big > span.rows }',
  '{ span.share = 0.5 && span.share = .5 && .share = 5e-1 && duration > .1s && span.share < 1 && span.share > -1 }',
  '{ span.cache.hit = false && span.cache.hit != true && !span.cache.hit }',
  '{ span."a b" = "x" && .a" "b = `x` }'.replace('.a" "b', '."a b"'),
  '{ span.feed.type > "u" && span.feed.type < "v" && "unified" = span.feed.type }',
  '{ event:name = "exception" && event.attempt = 1 && event.attempt = 2 && event.attempt > 1 && 1 < event.attempt }',
  '{ event:timeSinceStart > 8ms && event:timeSinceStart < 6ms }',
  '{ link:traceID = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB" && link:spanID = "c1" && link.kind = "follows" }',
  '{ event:name != "retry" && event:name !~ "re.*" && event.attempt != 1 && event.last && !event.first }',
  '{ /* { .x } */ span.rows = 20 } // all of them',
  '{ span.feed.type = "\\165nified" }',
  '{ span:id = "A" && trace:id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" && span:parentID = nil }',
  '{ rootName = "GET /feed" && rootServiceName = "api" && traceDuration = 120ms && instrumentation:name = "sidechain" && instrumentation:version = "1.2.3" }',
  '{ span.missing = nil && span.none = nil && span.rows != nil }',
  '{ !(span.missing = 1) && !(status = ok) }',
  '{ false || 1 < 2 && !false }',
])('a span matches %s', (text) => {
  expect(matchesSpan(text, failed)).toBe(true);
});

test.each([
  '{ duration > 120ms }',
  '{ status = ok }',
  '{ name =~ "SELECT" }',
  '{ name = "select posts" }',
  '{ span.missing != 1 }',
  '{ span.none != 1 }',
  '{ span.missing !~ "x" }',
  '{ span.missing }',
  '{ !span.missing }',
  '{ !span.rows }',
  '{ span.rows }',
  // Never equal, and never unequal either: of other types.
  '{ span.rows = "20" }',
  '{ span.rows != "20" }',
  '{ span.rows =~ "20" }',
  '{ span.feed.type > 1 }',
  '{ span.cache.hit = "false" }',
  '{ span.cache.hit > 1 }',
  '{ span.cache.hit < span.hot }',
  '{ status = span.feed.type }',
  '{ span.feed.type = error }',
  '{ span.feed.type != error }',
  '{ span.service.name = "api" }',
  '{ .attempt = 2 }',
  '{ .attempt != nil }',
  '{ .kind = "follows" }',
  '{ event.first }',
  '{ event.missing != "x" }',
  '{ resource.attempt = 2 }',
  '{ span.toString != nil }',
  '{ span.__proto__ != nil }',
  '{ true || false && false }',
])('a span does not match %s', (text) => {
  expect(matchesSpan(text, failed)).toBe(false);
});

const tree = sampleTrace([
  sampleSpan({ id: 'root', duration: 100, service: 'web' }),
  sampleSpan({ id: 'feed', parent: 'root', at: 10, duration: 50 }),
  sampleSpan({ id: 'query', parent: 'feed', at: 20, duration: 20, status: 'error', attributes: { rows: 5 } }),
  sampleSpan({ id: 'cache', parent: 'root', at: 70, duration: 4, attributes: { rows: 7 } }),
]);

test.each([
  ['{ name = "root" } >> { status = error }', true],
  ['{ name = "root" } > { status = error }', false],
  ['{ name = "feed" } > { status = error }', true],
  ['{ status = error } >> { name = "feed" }', false],
  ['{ name = "query" } >> { name = "query" }', false],
  ['{ name = "cache" } >> { status = error }', false],
  ['{ name = "root" } > { name = "feed" } > { name = "query" }', true],
  ['{ name = "root" } > ({ name = "feed" } || { name = "gone" })', true],
  ['{ name = "root" } && { name = "query" }', true],
  ['{ name = "root" && name = "query" }', false],
  ['{ name = "root" } && { name = "gone" }', false],
  ['{ name = "gone" } || { name = "query" }', true],
  // Both bind equally strong, from the left.
  ['{ name = "root" } || { name = "root" } && { name = "gone" }', false],
  ['{ name = "root" } || ({ name = "root" } && { name = "gone" })', true],
  // A structure binds stronger than both.
  ['{ name = "feed" } && { name = "root" } > { name = "query" }', false],
  ['({ name = "feed" } && { name = "root" }) > { name = "query" }', true],
  ['{ name = "gone" } || { name = "root" } > { name = "feed" }', true],
  ['{ span:childCount = 2 }', true],
  ['{ span:childCount > 2 }', false],
  ['{} | count() > 3', true],
  ['{} | count() > 4', false],
  ['{ name =~ "f.*" } || { status = error } | count() = 2', true],
  ['{ name = "root" } >> { } | count() = 3', true],
  ['{} | max(duration) >= 100ms', true],
  ['{} | avg(duration) = 43.5ms', true],
  ['{ name != "root" } | sum(duration) < 75ms', true],
  ['{} | min(.rows) = 5 | max(.rows) = 7 | sum(.rows) = 12 | avg(.rows) = 6', true],
  ['{ name = "root" } | max(.rows) < 100', false],
  ['{} | { status = error } | count() = 1', true],
  ['{ name = "root" } | { status = error }', false],
  ['count() = 4 | { status = error }', true],
  ['{ name = "gone" } | count() = 0', false],
  ['{ traceDuration = 100ms } | count() = 4', true],
])('%s is %s', (text, expected) => {
  expect(matches(text, tree)).toBe(expected);
});

test('10,000 spans nested 10,000 deep, or in a ring, are asked in no time', () => {
  const chain = (last: string | undefined) =>
    sampleTrace(
      Array.from({ length: 10_000 }, (_, id) => sampleSpan({ id: `${id}`, parent: id === 0 ? last : `${id - 1}` })),
    );
  for (const trace of [chain(undefined), chain('9999')]) {
    const started = performance.now();
    expect(matches('{ name = "0" } >> { name = "9999" }', trace)).toBe(true);
    expect(performance.now() - started).toBeLessThan(500);
  }
});

test('whatever attributes hold, comparing them never throws, and = and != never both match, lists apart', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null))),
    fc.constant({ a: 1 }),
  );
  const operand = fc.constantFrom('.b', '"x"', '1', '1.5', '2ms', 'true', 'error', 'client', 'name', 'duration');
  fc.assert(
    fc.property(value, value, operand, (a, b, other) => {
      const attributes = { a, b };
      const holds = (operator: string) => matchesSpan(`{ .a ${operator} ${other} }`, { attributes });
      expect(holds('=') && holds('!=') && !Array.isArray(a) && !Array.isArray(b)).toBe(false);
      if (['error', 'client', 'true'].includes(other)) return;
      for (const operator of ['>', '>=', '<', '<=']) holds(operator);
      if (holds('>') && !Array.isArray(a) && !Array.isArray(b))
        expect([holds('>='), holds('<='), holds('=')]).toEqual([true, false, false]);
    }),
  );
});
