import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, logs, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { closeLogging, configureLogging, type LoggingOptions, log } from './log.ts';
import { prettyLine } from './logging/pretty.ts';
import { makeLine } from './logging/record.ts';
import { runInScope } from './scope.ts';
import { setTraceLinkBase } from './viewer/trace-link.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
const file = join(folder, 'x.log');
const options: LoggingOptions = {
  level: 'debug',
  format: 'json',
  service: 'svc',
  environment: 'test',
  version: '9',
  file,
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(file, { force: true }));

/** The lines of the file after everything was written. */
const lines = async (): Promise<string[]> => {
  await closeLogging(2000);
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
};

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const inSpan = <T>(fn: () => T): T => context.with(trace.setSpanContext(ROOT_CONTEXT, SPAN), fn);

const received: { resourceLogs: { scopeLogs: { logRecords: Record<string, unknown>[] }[] }[] }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    received.push(JSON.parse(body));
    response.setHeader('content-type', 'application/json').end('{}');
  });
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const logExport = new LoggerProvider({
  processors: [
    new BatchLogRecordProcessor({
      exporter: new OTLPLogExporter({ url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/v1/logs` }),
    }),
  ],
});
logs.setGlobalLoggerProvider(logExport);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
afterAll(() => receiver.close());

describe('a line', () => {
  test('has the keys of the specification in their order, with the ids of span and request', async () => {
    configureLogging(options);
    inSpan(() =>
      runInScope({ requestId: 'r1', userId: 'u1' }, () => log.warn('it happened', { 1: 'one', route: '/x' })),
    );
    const [line = ''] = await lines();
    expect(Object.keys(JSON.parse(line.replace('"1"', '"one"')))).toEqual([
      'timestamp',
      'level',
      'message',
      'service',
      'environment',
      'version',
      'trace_id',
      'span_id',
      'trace_flags',
      'request_id',
      'user_id',
      'one',
      'route',
    ]);
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      message: 'it happened',
      service: 'svc',
      environment: 'test',
      version: '9',
      trace_id: SPAN.traceId,
      span_id: SPAN.spanId,
      trace_flags: '01',
      request_id: 'r1',
      user_id: 'u1',
      route: '/x',
    });
    expect(JSON.parse(line).timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('below the level is not written', async () => {
    configureLogging({ ...options, level: 'warn' });
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
    expect(await lines()).toHaveLength(2);
  });

  test('cannot be forged, and its own keys cannot be overwritten', async () => {
    configureLogging(options);
    log.info('a\n{"level":"error"}\r\n\u001b[2J\u2028\u009b', {
      'k\n{"x":1}': 'v\n{}',
      level: 'error',
      timestamp: 'never',
      trace_id: 'x',
      exception: true,
    });
    const all = await lines();
    expect(all).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(all[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
    expect(JSON.parse(all[0] ?? '')).toMatchObject({
      level: 'info',
      field_level: 'error',
      field_trace_id: 'x',
      exception: true,
    });
  });

  test('holds no secret', async () => {
    configureLogging(options);
    log.error('login with Bearer hunter2 failed', {
      headers: { authorization: 'Bearer hunter2', cookie: 'a=hunter2' },
      error: new Error('connect postgres://a:hunter2@h', { cause: new Error('{"password":"hunter2"}') }),
    });
    expect((await lines()).join('')).not.toContain('hunter2');
  });

  test.each([
    ['one huge field', { text: 'x'.repeat(1_000_000) }],
    ['many large fields', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, '\u0000'.repeat(9000)]))],
    [
      'a wide tree',
      { tree: Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'abcdefghij'.repeat(10))) },
    ],
    ['long names', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${'n'.repeat(5000)}${i}`, 1]))],
    ['a huge stack', { error: Object.assign(new Error('x'), { stack: 'at x\n'.repeat(100_000) }) }],
  ])('is at most 32 KiB with %s', async (_, fields) => {
    configureLogging(options);
    log.info('\u0000'.repeat(100_000), fields);
    const [line = ''] = await lines();
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(32 * 1024);
    expect(JSON.parse(line)).toMatchObject({ level: 'info' });
  });

  test('costs the caller microseconds', async () => {
    configureLogging({ ...options, file: '/dev/null' });
    const http = {
      method: 'GET',
      route: '/api/v1/feed/unified',
      path: '/api/v1/feed/unified',
      status: 200,
      duration_ms: 12,
      user_agent: 'Mozilla/5.0',
    };
    const round = (): number => {
      const start = performance.now();
      for (let i = 0; i < 500; i += 1) makeLine(options, 'info', 'request', { http });
      return ((performance.now() - start) * 1000) / 500;
    };
    expect(Math.min(...Array.from({ length: 10 }, round))).toBeLessThan(50);
    await closeLogging(2000);
  });
});

describe('the pretty form', () => {
  const pretty = (message: string, fields: Record<string, unknown>): string =>
    prettyLine(makeLine(options, 'error', message, fields), false);

  test('is one line with time, level, message, fields and trace id', () => {
    const text = inSpan(() => pretty('it happened', { route: '/x', note: 'two words', http: { status: 500 } }));
    expect(text).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} ERROR it happened route=\/x note="two words" http=\{"status":500\} trace=0af7651916cd43dd8448eb211c80319c\n$/,
    );
  });

  test('has a link in the place of the trace id where there is a viewer', () => {
    setTraceLinkBase('http://127.0.0.1:9464');
    try {
      const text = inSpan(() => pretty('it happened', {}));
      expect(text).toMatch(/ it happened http:\/\/127\.0\.0\.1:9464\/traces\/0af7651916cd43dd8448eb211c80319c\n$/);
      expect(pretty('no trace', {})).toMatch(/ no trace\n$/);
    } finally {
      setTraceLinkBase(undefined);
    }
  });

  test('indents stacks and shows control characters instead of obeying them', () => {
    const text = pretty('a\nb\u001b[31m\u009b', {
      'k\u001b': 'v\nw\u0007',
      error: new Error('boom\n00:00:00.000 INFO  forged'),
    });
    const [first = '', ...below] = text.trimEnd().split('\n');
    expect(first).toContain('a\\nb\\x1b[31m');
    expect(below.length).toBeGreaterThan(2);
    for (const line of below) expect(line).toMatch(/^ {4}/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

test('a listener is handed every line of the level, as it was made', async () => {
  const heard: unknown[] = [];
  configureLogging({ ...options, level: 'info', alsoTo: (line) => heard.push(line.json) });
  inSpan(() => log.warn('it happened', { route: '/x' }));
  log.debug('too small');
  log.info('and again');
  expect(heard).toEqual((await lines()).map((line) => `${line}\n`));
  expect(heard).toHaveLength(2);
});

test('with otlp the lines reach the logger provider of the SDK, with the ids of their span', async () => {
  configureLogging({ ...options, otlp: true });
  inSpan(() =>
    runInScope({ requestId: 'r1', userId: 'u1' }, () =>
      log.error('exported', {
        route: '/x',
        password: 'hunter2',
        exception: true,
        error: new TypeError('Bearer hunter2'),
      }),
    ),
  );
  log.info('outside');
  await closeLogging(2000);
  await logExport.shutdown();
  const records = received.flatMap((body) =>
    body.resourceLogs.flatMap((r) => r.scopeLogs.flatMap((s) => s.logRecords)),
  );
  const find = (text: string) =>
    records.find((record) => (record.body as { stringValue: string }).stringValue === text);
  const record = find('exported');
  expect(record).toMatchObject({
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    severityNumber: 17,
    severityText: 'error',
  });
  expect(find('outside')).not.toHaveProperty('traceId');
  const attributes = Object.fromEntries(
    ((record?.attributes ?? []) as { key: string; value: { stringValue?: string } }[]).map(({ key, value }) => [
      key,
      value.stringValue,
    ]),
  );
  expect(attributes).toMatchObject({
    route: '/x',
    request_id: 'r1',
    user_id: 'u1',
    password: '[redacted]',
    'exception.type': 'TypeError',
  });
  expect(attributes['exception.stacktrace']).toContain('log.test.ts');
  expect(JSON.stringify(received)).not.toContain('hunter2');
});
