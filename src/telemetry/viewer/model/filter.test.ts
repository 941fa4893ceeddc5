import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  sampleLine,
  sampleSpan,
  sampleSpanId,
  sampleSummary,
  sampleTrace,
} from '../../../../test/support/sample-traces.ts';
import { compileFilter, FilterError, type ListFilter, readFilter, writeFilter } from './filter.ts';
import type { TraceSummary } from './summary.ts';
import type { ViewerTrace } from './trace.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));

function problemOf(query: string): [field: string, message: string] | undefined {
  try {
    compileFilter(read(query));
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return [error.field, error.message];
  }
}

const keeps = (filter: ListFilter, summary: Partial<TraceSummary>, trace: ViewerTrace = sampleTrace([])) =>
  compileFilter(filter)(trace, sampleSummary(summary));

test('reads what it knows, ignores the rest, and takes what is empty for absent', () => {
  const id = 'AB'.repeat(16);
  expect(read(`route=/feed&status=5xx&min=1.5s&max=2 s&user=u1&text=+x+&q=+{}&trace_id=${id}&sort=asc`)).toEqual({
    route: '/feed',
    status: '5xx',
    min: 1500,
    max: 2000,
    user: 'u1',
    text: 'x',
    q: ' {}',
    traceId: id.toLowerCase(),
  });
  expect(read('route=&status=+&min=&q=')).toEqual({});
  expect([read('min=100').min, read('min=100ms').min, read('max=250us').max, read('min=0').min]).toEqual([
    100, 100, 0.25, 0,
  ]);
});

test.each([
  ['status=600', 'status'],
  ['status=6xx', 'status'],
  ['status=ok', 'status'],
  ['status=404,6xx', 'status'],
  ['status=,', 'status'],
  ['min=-1', 'min'],
  ['min=abc', 'min'],
  ['min=1e999', 'min'],
  ['max=10parsecs', 'max'],
  ['min=2s&max=1s', 'max'],
  ['trace_id=abc', 'trace_id'],
  ['q={ nope', 'q'],
])('%s is an error of its field', (query, field) => {
  expect(problemOf(query)?.[0]).toBe(field);
  // A query is read when it is compiled; all else at once.
  if (field !== 'q') expect(() => read(query)).toThrow(FilterError);
});

test('what was written is read back', () => {
  const text = fc.string({ minLength: 1 }).filter((value) => value.trim() === value);
  const filters = fc.record(
    {
      route: text,
      user: text,
      text,
      status: fc.constantFrom('404', '5xx', 'error', '422,404,5xx'),
      min: fc.double({ min: 0, max: 100, noNaN: true }).map((value) => Number(value.toFixed(3))),
      max: fc.integer({ min: 101, max: 1e6 }),
      traceId: fc.stringMatching(/^[0-9a-f]{32}$/),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(filters, (filter) => {
      expect(readFilter(writeFilter(filter))).toEqual(filter);
    }),
  );
});

test('each part narrows the list, and all of them must hold', () => {
  expect(keeps({ route: 'FEED' }, { route: '/api/feed' })).toBe(true);
  expect(keeps({ route: 'refresh' }, { route: undefined, name: 'feed.refresh' })).toBe(true);
  expect(keeps({ route: 'posts' }, {})).toBe(false);
  expect(keeps({ min: 10, max: 20 }, { duration: 10 })).toBe(true);
  expect(keeps({ min: 10, max: 20 }, { duration: 20 })).toBe(false);
  expect(keeps({ min: 10, max: 20 }, { duration: 9.9 })).toBe(false);
  expect(keeps({ traceId: 'b'.repeat(32) }, {})).toBe(false);
  expect(keeps({ route: 'feed', user: 'u2' }, { userId: 'u1' })).toBe(false);
  expect(keeps({}, {})).toBe(true);
});

test('a user is found by how the id begins, which is what the list shows of it', () => {
  const userId = '0197ac34-7D0A-7000-8000-00000000a11c';
  for (const user of ['0197ac34', '0197AC34-7d0a', userId])
    expect([user, keeps({ user }, { userId })]).toEqual([user, true]);
  for (const user of ['a11c', '0197ac35', `${userId}0`])
    expect([user, keeps({ user }, { userId })]).toEqual([user, false]);
  expect(keeps({ user: '0' }, { userId: undefined })).toBe(false);
});

test('several statuses, with commas between', () => {
  const found = (status: string) =>
    [200, 404, 422, 500, 503].filter((statusCode) => keeps({ status }, { statusCode, failed: statusCode >= 500 }));
  expect(found('422,404')).toEqual([404, 422]);
  expect(found('422, 5XX')).toEqual([422, 500, 503]);
  expect(found('error,404')).toEqual([404, 500, 503]);
  // As it stands before the next one is typed.
  expect(found('404,')).toEqual([404]);
  expect(problemOf('status=404,4x')?.[1]).toContain('"4x"');
});

test('a status, a class of them, or a failure', () => {
  expect(keeps({ status: '404' }, { statusCode: 404 })).toBe(true);
  expect(keeps({ status: '404' }, { statusCode: 400 })).toBe(false);
  expect(keeps({ status: '4XX' }, { statusCode: 499 })).toBe(true);
  expect(keeps({ status: '4xx' }, { statusCode: 500 })).toBe(false);
  expect(keeps({ status: '5xx' }, { statusCode: undefined })).toBe(false);
  expect(keeps({ status: 'error' }, { failed: true, statusCode: undefined })).toBe(true);
  expect(keeps({ status: 'error' }, { failed: false })).toBe(false);
});

test('TraceQL is asked of the whole trace', () => {
  const trace = sampleTrace([sampleSpan({ id: 'r' }), sampleSpan({ id: 'a', parent: 'r', status: 'error' })]);
  expect(keeps({ q: '{ name = "r" } > { status = error }' }, {}, trace)).toBe(true);
  expect(keeps({ q: '{ status = ok }' }, {}, trace)).toBe(false);
});

test('text is found wherever it stands, in either case', () => {
  const trace = sampleTrace(
    [
      sampleSpan({
        id: 'x',
        name: 'SELECT posts',
        service: 'web-shop',
        statusMessage: 'Timed out',
        attributes: {
          'feed.type': 'unified',
          rows: 4711,
          tags: [...Array(12).fill('red'), { shade: 'dark' }],
          hit: true,
        },
        events: [{ name: 'fill joined', timeNano: 0n, attributes: { 'exception.stacktrace': 'at ranking.ts:7' } }],
      }),
    ],
    [sampleLine('cache (L2) went away', { service: 'writer', attributes: { request: 'r-99' } })],
  );
  const there = [
    'select',
    'WEB-SHOP',
    'timed',
    'feed.TYPE',
    'unified',
    '4711',
    'red',
    'shade',
    'dark',
    'true',
    'Joined',
  ];
  for (const text of [...there, 'ranking.ts:7', '(l2)', 'WRITER', 'r-99', 'aaaaaaaa']) {
    expect([text, keeps({ text }, {}, trace)]).toEqual([text, true]);
  }
  for (const text of ['select.posts', '.*', 'purple', '10', sampleSpanId('x').repeat(2)]) {
    expect([text, keeps({ text }, {}, trace)]).toEqual([text, false]);
  }
});

test('1,000 traces of 20 spans are looked through in less than 100 ms', () => {
  const attributes = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `some.attribute.${index}`,
      `A value of ordinary length, number ${index}`,
    ]),
  );
  const traces = Array.from({ length: 1000 }, () =>
    sampleTrace(
      Array.from({ length: 20 }, (_, index) =>
        sampleSpan({
          id: `${index}`,
          attributes: { ...attributes, 'db.query.text': 'SELECT id FROM posts '.repeat(10), rows: index },
        }),
      ),
      Array.from({ length: 5 }, () => sampleLine('a line of the log', { attributes })),
    ),
  );
  const summary = sampleSummary();
  for (const filter of [
    { text: 'nowhere to be found' },
    { q: '{ span.some.attribute.3 =~ ".*nowhere.*" || .rows > 20 }' },
  ]) {
    const keep = compileFilter(filter);
    // The fastest of some runs: others may use the machine.
    const times = Array.from({ length: 10 }, () => {
      const started = performance.now();
      expect(traces.filter((trace) => keep(trace, summary))).toEqual([]);
      return performance.now() - started;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  }
});
