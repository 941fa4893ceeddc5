import { describe, expect, test } from 'vitest';
import { assembleTrace, OtlpError, readOtlpLogs, readOtlpTrace, readOtlpTraces } from './from-otlp.ts';
import type { AttributeValue } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const span = {
  traceId: TRACE,
  spanId: SPAN,
  name: 'GET /a',
  kind: 2,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000000250000001',
};
const record = { traceId: TRACE, spanId: SPAN, timeUnixNano: '1700000000000000002', body: { stringValue: 'hello' } };

const traces = (...spans: unknown[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ scope: { name: 'http', version: '2.0' }, spans }],
    },
  ],
});
const logs = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

test('a span with all that it has', () => {
  const { spans, rejected } = readOtlpTraces(
    traces({
      ...span,
      parentSpanId: 'AABBCCDDEEFF0011',
      status: { code: 2, message: 'gone' },
      attributes: [{ key: 'http.route', value: { stringValue: '/a' } }],
      events: [{ name: 'retry', timeUnixNano: '1700000000100000001', attributes: [] }],
      links: [{ traceId: 'AB'.repeat(16), spanId: 'CD'.repeat(8), traceState: 'b=2', flags: 1 }],
      traceState: 'a=1',
      flags: 0x301,
      droppedEventsCount: 3,
    }),
  );
  expect(rejected).toBe(0);
  expect(spans).toEqual([
    {
      traceId: TRACE,
      spanId: SPAN,
      parentSpanId: 'aabbccddeeff0011',
      traceState: 'a=1',
      flags: 0x301,
      name: 'GET /a',
      kind: 'server',
      service: 'shop',
      resource: { 'service.name': 'shop' },
      scope: 'http',
      scopeVersion: '2.0',
      startNano: 1700000000000000001n,
      endNano: 1700000000250000001n,
      start: 1700000000000,
      duration: 250,
      status: 'error',
      statusMessage: 'gone',
      attributes: { 'http.route': '/a' },
      events: [{ name: 'retry', timeNano: 1700000000100000001n, attributes: {} }],
      links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceState: 'b=2', flags: 1, attributes: {} }],
      dropped: { attributes: 0, events: 3, links: 0 },
    },
  ]);
});

describe('forms of files that people have', () => {
  const inTempo = {
    ...span,
    traceId: base64(TRACE),
    spanId: base64(SPAN),
    kind: 'SPAN_KIND_SERVER',
    status: { code: 'STATUS_CODE_ERROR' },
  };
  const { resourceSpans } = traces(inTempo);

  test.each([
    ['batches of Tempo’s /api/traces', { batches: resourceSpans }],
    ['trace of Tempo’s /api/v2/traces', { trace: { resourceSpans } }],
    ['scopes as they were called before', { batches: [{ instrumentationLibrarySpans: [{ spans: [inTempo] }] }] }],
    ['together with metrics', { resourceMetrics: [], resourceSpans }],
  ])('%s', (_, json) => {
    expect(readOtlpTraces(json)).toMatchObject({
      spans: [{ traceId: TRACE, spanId: SPAN, kind: 'server', status: 'error' }],
      rejected: 0,
    });
  });

  test('a file with more than one trace', () => {
    const json = { ...traces(span, { ...span, traceId: 'c'.repeat(32) }), ...logs(record) };
    expect(readOtlpTrace(json, TRACE)).toMatchObject({
      traceId: TRACE,
      spans: [{ spanId: SPAN }],
      lines: [{ message: 'hello' }],
      dropped: { spans: 0, lines: 0 },
    });
  });
});

describe('values', () => {
  const deep = (levels: number): object =>
    levels === 0 ? { intValue: 1 } : { arrayValue: { values: [deep(levels - 1)] } };
  const read = (value: unknown) => readOtlpTraces(traces({ ...span, attributes: [{ key: 'a', value }] }));

  test.each<[unknown, AttributeValue]>([
    [{ stringValue: '' }, ''],
    [{ intValue: '9007199254740993' }, 9007199254740993n],
    [{ intValue: '-9223372036854775808' }, -9223372036854775808n],
    [{ intValue: '12' }, 12],
    [{ intValue: 12 }, 12],
    [{ intValue: 2 ** 60 }, 2n ** 60n],
    [{ doubleValue: 0.5 }, 0.5],
    [{ doubleValue: 'NaN' }, Number.NaN],
    [{ doubleValue: '-Infinity' }, Number.NEGATIVE_INFINITY],
    [{ boolValue: false }, false],
    [{ bytesValue: 'AQID' }, 'AQID'],
    [{ arrayValue: {} }, []],
    [{ arrayValue: { values: [{ intValue: 1 }, {}] } }, [1, null]],
    [{ kvlistValue: { values: [{ key: 'x', value: { boolValue: true } }] } }, { x: true }],
    [{}, null],
    [undefined, null],
  ])('%j', (json, value) => {
    const { spans, problem } = read(json);
    expect(problem).toBeUndefined();
    expect(spans[0]?.attributes).toStrictEqual({ a: value });
  });

  test.each([
    [{ intValue: '9223372036854775808' }, 'attributes["a"].intValue is not an integer of 64 bits'],
    [{ intValue: 1.5 }, 'attributes["a"].intValue is not an integer'],
    [{ doubleValue: 'high' }, 'attributes["a"].doubleValue is not a number'],
    [{ stringValue: 1 }, 'attributes["a"].stringValue is not a string'],
    [{ boolValue: 'true' }, 'attributes["a"].boolValue is not true or false'],
    [{ arrayValue: 'x' }, 'attributes["a"].arrayValue is not an object'],
    ['plain', 'attributes["a"] is not an object such as'],
    [deep(33), 'attributes["a"] is nested deeper than 32 levels'],
  ])('%j is rejected', (json, problem) => {
    expect(read(json)).toMatchObject({ spans: [], rejected: 1, problem: expect.stringContaining(problem) });
  });

  test('a key that a prototype has is one like any other', () => {
    const { spans } = readOtlpTraces(
      traces({ ...span, attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] }),
    );
    expect(Object.entries(spans[0]?.attributes ?? {})).toEqual([['__proto__', 'x']]);
  });
});

describe('a span that is wrong is left out, and it is said why', () => {
  test.each([
    [{ traceId: 'xyz' }, 'traceId is not an id of 16 bytes (32 hexadecimal digits)'],
    [{ traceId: '0'.repeat(32) }, 'traceId is missing or all zeros'],
    [{ traceId: 7 }, 'traceId is not an id'],
    [{ spanId: undefined }, 'spanId is missing'],
    [{ spanId: 'b7ad6b716920' }, 'spanId is not an id of 8 bytes'],
    [{ parentSpanId: `${SPAN}0` }, 'parentSpanId is not an id'],
    [{ startTimeUnixNano: 'today' }, 'startTimeUnixNano is not nanoseconds since 1970'],
    [{ startTimeUnixNano: '-1' }, 'startTimeUnixNano is not nanoseconds since 1970'],
    [{ endTimeUnixNano: '18446744073709551616' }, 'endTimeUnixNano is not nanoseconds since 1970'],
    [{ startTimeUnixNano: undefined }, 'startTimeUnixNano is missing'],
    [{ name: 'x'.repeat(1024 * 1024 + 1) }, 'name is longer than'],
    [{ events: Array(10_001).fill({}) }, 'events has more than 10000 elements'],
    [{ attributes: {} }, 'attributes is not a list'],
    [{ links: [{ traceId: 'x' }] }, 'a link’s traceId is not an id'],
  ])('%#: %j', (wrong, problem) => {
    const read = readOtlpTraces(traces({ ...span, spanId: '1'.repeat(16) }, { ...span, ...wrong }));
    expect(read.spans.map(({ spanId }) => spanId)).toEqual(['1'.repeat(16)]);
    expect(read.rejected).toBe(1);
    expect(read.problem).toContain('resourceSpans[0].scopeSpans[0].spans[1]: ');
    expect(read.problem).toContain(problem);
  });

  test('of several, the first is told', () => {
    const read = readOtlpTraces(traces({ ...span, spanId: 'a' }, null, 1, { ...span, traceId: 'b' }));
    expect(read).toMatchObject({ spans: [], rejected: 4, problem: expect.stringContaining('spans[0]: spanId') });
  });
});

test('a span that ends before it starts took no time', () => {
  const { spans } = readOtlpTraces(traces({ ...span, endTimeUnixNano: '5' }));
  expect(spans).toMatchObject([{ duration: 0, endNano: 1700000000000000001n }]);
});

test('what is unknown is taken as far as it is known', () => {
  const { spans, rejected } = readOtlpTraces(traces({ ...span, kind: 99, status: { code: 'WELL' }, colour: 'red' }));
  expect(rejected).toBe(0);
  expect(spans).toMatchObject([{ kind: 'unspecified', status: 'unset' }]);
});

describe('what is no OTLP at all is refused', () => {
  test.each<[unknown, string]>([
    [null, 'is not a JSON object'],
    [[], 'is not a JSON object'],
    ['x', 'is not a JSON object'],
    [{ data: [{ spans: [] }] }, 'has neither resourceSpans nor resourceLogs'],
    [{ resourceSpans: {} }, 'resourceSpans is not a list'],
    [{ resourceSpans: [7] }, 'resourceSpans[0] is not an object'],
    [{ resourceSpans: [{ scopeSpans: [{ spans: 'none' }] }] }, 'resourceSpans[0].scopeSpans[0].spans is not a list'],
    [{ resourceSpans: [{ resource: { attributes: [{ key: 1 }] } }] }, 'resourceSpans[0].resource.attributes'],
    [{ resourceSpans: [{ scopeSpans: [{ spans: Array(250_000).fill(null) }] }] }, 'has more than 250000 spans'],
  ])('%#', (json, message) => {
    expect(() => readOtlpTraces(json)).toThrow(OtlpError);
    expect(() => readOtlpTraces(json)).toThrow(message);
  });

  test('an empty request is none of that', () => {
    expect(readOtlpTraces({})).toEqual({ spans: [], rejected: 0, problem: undefined });
    expect(readOtlpLogs({})).toEqual({ lines: [], rejected: 0, problem: undefined });
  });
});

describe('log lines', () => {
  test.each([
    [{ severityNumber: 9 }, 'info'],
    [{ severityNumber: 12 }, 'info'],
    [{ severityNumber: 13 }, 'warn'],
    [{ severityNumber: 24 }, 'fatal'],
    [{ severityNumber: 'SEVERITY_NUMBER_ERROR2' }, 'error'],
    [{ severityText: 'WARNING' }, 'warn'],
    [{ severityText: 'constructor' }, 'info'],
    [{}, 'info'],
  ])('%j', (severity, expected) => {
    expect(readOtlpLogs(logs({ ...record, ...severity })).lines).toMatchObject([{ severity: expected }]);
  });

  test.each([
    [
      { body: { kvlistValue: { values: [{ key: 'a', value: { intValue: '9007199254740993' } }] } } },
      '{"a":"9007199254740993"}',
    ],
    [{ body: { intValue: 7 } }, '7'],
    [{ body: undefined, eventName: 'user.login' }, 'user.login'],
  ])('%j', (body, message) => {
    expect(readOtlpLogs(logs({ ...record, ...body })).lines).toMatchObject([{ message }]);
  });

  test('one without a trace is left out in silence, a wrong one not', () => {
    const read = readOtlpLogs(
      logs(record, { ...record, traceId: undefined }, { ...record, traceId: '' }, { ...record, traceId: 'x' }),
    );
    expect(read.lines).toHaveLength(1);
    expect(read).toMatchObject({ rejected: 1, problem: expect.stringContaining('logRecords[3]: traceId') });
  });

  test('the time at which it was seen stands in for its own', () => {
    const { lines, rejected } = readOtlpLogs(
      logs(
        { ...record, timeUnixNano: '0', observedTimeUnixNano: '1700000000000000009' },
        { ...record, timeUnixNano: 0 },
      ),
    );
    expect(lines).toMatchObject([{ timeNano: 1700000000000000009n, time: 1700000000000 }]);
    expect(rejected).toBe(1);
  });
});

test('a trace is in order, and holds a span once', () => {
  const { spans } = readOtlpTraces(
    traces(
      { ...span, spanId: '2'.repeat(16), startTimeUnixNano: 3 },
      { ...span, spanId: '1'.repeat(16), startTimeUnixNano: 2, name: 'old' },
      { ...span, spanId: '1'.repeat(16), startTimeUnixNano: 2, name: 'new' },
    ),
  );
  const { lines } = readOtlpLogs(
    logs(...[3, 1, 2, 1].map((timeUnixNano, i) => ({ ...record, timeUnixNano, body: { intValue: i } }))),
  );
  const trace = assembleTrace(TRACE, spans, lines, { spans: 0, lines: 0 });
  expect(trace.spans.map(({ name }) => name)).toEqual(['new', 'GET /a']);
  expect(trace.lines.map(({ message }) => message)).toEqual(['1', '3', '2', '0']);
});
