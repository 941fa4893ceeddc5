import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '../../../../test/support/raw-request.ts';
import { type AdminServer, startAdminServer } from '../../admin-server.ts';
import { TraceRing } from '../trace-ring.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';
const MIB = 1024 * 1024;
const TRACE = '0af7651916cd43dd8448eb211c80319c';

const ring = new TraceRing();
let admin: AdminServer;
beforeAll(async () => {
  admin = await startAdminServer({ host: '127.0.0.1', port: 0, viewer: { ring, settings: { service: 'shop' } } });
});
afterAll(() => admin.close());
beforeEach(() => ring.clear());

const post = (body: string | Buffer, type = JSON_TYPE, headers: Record<string, string> = {}, path = '/v1/traces') =>
  ask(admin.port, path, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

const span = (more: object = {}): object => ({
  traceId: TRACE,
  spanId: 'b7ad6b7169203331',
  name: 'GET /a',
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000000250000001',
  ...more,
});
const json = (...spans: object[]): string => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

/** Written independently of what reads it. */
const { root } = protobuf.loadSync(new URL('../../../../test/support/otlp.proto', import.meta.url).pathname);
const wire = (type: string, message: object): Buffer => {
  const found = root.lookupType(type);
  return Buffer.from(found.encode(found.fromObject(message)).finish());
};
const answers = protobuf.parse(`syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message Response { Partial partial_success = 1; }
  message Partial { int64 rejected = 1; string error_message = 2; }`).root;
const unwire = (type: string, body: Buffer): unknown =>
  answers.lookupType(type).toObject(answers.lookupType(type).decode(body), { longs: Number });

const id = (hex: string): Buffer => Buffer.from(hex, 'hex');
const binarySpan = (more: object = {}): object => ({
  ...span(),
  traceId: id(TRACE),
  spanId: id('b7ad6b7169203331'),
  ...more,
});
const binary = (...spans: object[]): Buffer =>
  wire('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }] }] });

/** A message in protobuf: field `number` holding `content`. */
const nested = (number: number, content: Buffer): Buffer => {
  const writer = protobuf.Writer.create();
  return Buffer.from(
    writer
      .uint32((number << 3) | 2)
      .bytes(content)
      .finish(),
  );
};

describe('what is taken', () => {
  test.each([
    ['JSON', JSON_TYPE, json(span()), {}],
    ['JSON with a character set', 'Application/JSON; charset=utf-8', json(span()), {}],
    ['JSON after a byte order mark', JSON_TYPE, `\ufeff${json(span())}`, {}],
    ['JSON, gzip', JSON_TYPE, gzipSync(json(span())), { 'content-encoding': 'gzip' }],
    ['protobuf', PROTOBUF, binary(binarySpan()), {}],
    ['protobuf, gzip', PROTOBUF, gzipSync(binary(binarySpan())), { 'content-encoding': 'gzip' }],
  ])('%s', async (_, type, body, headers) => {
    const answer = await post(body, type, headers);
    const encoding = type === PROTOBUF ? PROTOBUF : JSON_TYPE;
    expect([answer.status, answer.headers['content-type']]).toEqual([200, encoding]);
    expect(answer.text).toBe(encoding === PROTOBUF ? '' : '{}');
    expect(ring.get(TRACE)?.trace.spans).toMatchObject([
      { name: 'GET /a', startNano: 1700000000000000001n, endNano: 1700000000250000001n, duration: 250 },
    ]);
  });

  test('where a span comes from, in protobuf', async () => {
    const link = { traceId: id(TRACE), spanId: id('c7ad6b7169203331'), traceState: 'b=2', flags: 0x101 };
    const spans = [binarySpan({ traceState: 'a=1', flags: 0xffffffff, links: [link] })];
    const scopeSpans = [{ scope: { name: 'http', version: '2.0' }, spans }];
    await post(wire('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans }] }), PROTOBUF);
    expect(ring.get(TRACE)?.trace.spans[0]).toMatchObject({
      scope: 'http',
      scopeVersion: '2.0',
      traceState: 'a=1',
      flags: 0xffffffff,
      links: [{ spanId: 'c7ad6b7169203331', traceState: 'b=2', flags: 0x101 }],
    });
  });

  test('every kind of value in protobuf', async () => {
    const values = {
      text: { stringValue: 'ä' },
      yes: { boolValue: true },
      large: { intValue: '-9223372036854775808' },
      small: { intValue: -7 },
      half: { doubleValue: 0.5 },
      nan: { doubleValue: Number.NaN },
      list: { arrayValue: { values: [{ intValue: 1 }, {}] } },
      map: { kvlistValue: { values: [{ key: 'x', value: { stringValue: 'y' } }] } },
      raw: { bytesValue: Buffer.from([1, 2, 3]) },
      none: {},
    };
    const attributes = Object.entries(values).map(([key, value]) => ({ key, value }));
    await post(binary(binarySpan({ attributes })), PROTOBUF);
    expect(ring.get(TRACE)?.trace.spans[0]?.attributes).toStrictEqual({
      text: 'ä',
      yes: true,
      large: -9223372036854775808n,
      small: -7,
      half: 0.5,
      nan: Number.NaN,
      list: [1, null],
      map: { x: 'y' },
      raw: 'AQID',
      none: null,
    });
  });

  test.each([
    [JSON_TYPE, (records: object[]) => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] })],
    [
      PROTOBUF,
      (records: object[]) =>
        wire('ExportLogsServiceRequest', { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }),
    ],
  ])('log lines, %s', async (type, encode) => {
    await post(json(span()));
    const record = {
      traceId: type === PROTOBUF ? id(TRACE) : TRACE,
      spanId: type === PROTOBUF ? id('b7ad6b7169203331') : 'b7ad6b7169203331',
      timeUnixNano: '1700000000000000005',
      severityNumber: 17,
      body: { stringValue: 'it broke' },
    };
    expect((await post(encode([record, { body: { stringValue: 'no trace' } }]), type, {}, '/v1/logs')).status).toBe(
      200,
    );
    expect(ring.get(TRACE)?.trace.lines).toMatchObject([
      { message: 'it broke', severity: 'error', spanId: 'b7ad6b7169203331', timeNano: 1700000000000000005n },
    ]);
  });
});

describe('what is partly wrong is partly taken', () => {
  const message =
    '1 spans not taken; the first: resourceSpans[0].scopeSpans[0].spans[0]: traceId is not an id of 16 bytes (32 hexadecimal digits)';

  test('JSON', async () => {
    const { status, text } = await post(json(span({ traceId: 'ab' }), span()));
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { partialSuccess: { rejectedSpans: '1', errorMessage: message } },
    ]);
    expect(ring.list()).toHaveLength(1);
  });

  test('protobuf', async () => {
    const { status, body } = await post(binary(binarySpan({ traceId: id('abcd') }), binarySpan()), PROTOBUF);
    expect([status, unwire('Response', body)]).toEqual([
      200,
      { partialSuccess: { rejected: 1, errorMessage: message } },
    ]);
    expect(ring.list()).toHaveLength(1);
  });

  test('log records are called so', async () => {
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: 'x' }] }] }] });
    const { text } = await post(body, JSON_TYPE, {}, '/v1/logs');
    expect(JSON.parse(text)).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
  });
});

describe('what is refused, and takes nothing down', () => {
  /** AnyValue in AnyValue, by its array. */
  const deep = (levels: number): Buffer => {
    let value: Buffer = Buffer.from([0x18, 0x01]);
    for (let level = 0; level < levels; level += 1) value = nested(5, nested(1, value));
    const attribute = nested(9, Buffer.concat([nested(1, Buffer.from('a')), nested(2, value)]));
    return nested(1, nested(2, nested(2, attribute)));
  };

  test.each([
    ['nothing', '', 'is not JSON'],
    ['cut off', json(span()).slice(0, -3), 'is not JSON'],
    ['not UTF-8', Buffer.from('"\xff"', 'latin1'), 'is not JSON'],
    ['another thing', '[1]', 'is not a JSON object with resourceSpans or resourceLogs'],
    ['nested for a stack', '['.repeat(1_000_000), 'is not JSON'],
  ])('JSON: %s', async (_, body, message) => {
    const answer = await post(body);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, JSON_TYPE]);
    expect(JSON.parse(answer.text)).toEqual({ code: 3, message: expect.stringContaining(message) });
  });

  const scope = (...content: Buffer[]): Buffer => nested(1, nested(2, Buffer.concat(content)));

  test.each([
    ['noise', Buffer.from('ffffffffffffffff', 'hex'), 'is not protobuf'],
    ['JSON', Buffer.from(json(span())), 'is not protobuf'],
    ['cut off', binary(binarySpan()).subarray(0, -3), 'longer than what it stands in'],
    ['a length beyond the body', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f]), 'longer than what it stands in'],
    ['a length beyond its message', Buffer.from([0x0a, 2, 0x12, 5, 0, 0, 0, 0, 0]), 'longer than what it stands in'],
    [
      'a number beyond its message',
      scope(nested(2, Buffer.from([0x39, 1, 2])), nested(3, Buffer.alloc(20, 'x'))),
      'longer than what it stands in',
    ],
    ['values nested deep', deep(1000), 'nested deeper than 128 levels'],
    ['groups nested deep', Buffer.alloc(200_000, 0x1b), 'is not protobuf'],
    [
      'a million empty messages',
      nested(1, Buffer.alloc(2_000_002, Buffer.from([0x12, 0]))),
      'more than 1000000 messages',
    ],
  ])('protobuf: %s', async (_, body, message) => {
    const answer = await post(body, PROTOBUF);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, PROTOBUF]);
    expect(unwire('Status', answer.body)).toEqual({ code: 3, message: expect.stringContaining(message) });
  });

  test('what is too large, as it is and when it is decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MIB));
    expect(bomb.length).toBeLessThan(MIB);
    const before = process.memoryUsage().rss;
    for (const [body, type, headers] of [
      [Buffer.alloc(16 * MIB + 1, ' '), JSON_TYPE, {}],
      [Buffer.alloc(40 * MIB, ' '), JSON_TYPE, { 'transfer-encoding': 'chunked' }],
      [bomb, JSON_TYPE, { 'content-encoding': 'gzip' }],
      [bomb, PROTOBUF, { 'content-encoding': 'gzip' }],
    ] as const) {
      const answer = await post(body, type, headers);
      const status = type === PROTOBUF ? unwire('Status', answer.body) : (JSON.parse(answer.text) as unknown);
      expect([answer.status, status]).toEqual([
        413,
        { code: 8, message: expect.stringContaining('larger than 16 MiB') },
      ]);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });

  test('a sender of too much may go on to send, and then hears why', async () => {
    const headers = { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked' };
    const req = request({ port: admin.port, path: '/v1/traces', method: 'POST', headers, agent: false });
    const answered = once(req, 'response') as Promise<[IncomingMessage]>;
    for (let sent = 0; sent < 40; sent += 1) if (!req.write(Buffer.alloc(MIB, ' '))) await once(req, 'drain');
    req.end();
    await once(req, 'finish');
    const [res] = await answered;
    expect(res.statusCode).toBe(413);
    req.destroy();
  });

  test('what is compressed otherwise, or not as it says', async () => {
    expect((await post(json(span()), JSON_TYPE, { 'content-encoding': 'br' })).status).toBe(415);
    expect((await post(json(span()), JSON_TYPE, { 'content-encoding': 'gzip' })).status).toBe(400);
    const cut = gzipSync(json(span())).subarray(0, -9);
    expect((await post(cut, JSON_TYPE, { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'content type %j',
    async (type) => {
      const answer = await post(json(span()), type);
      expect([answer.status, answer.text]).toEqual([
        415,
        'Content-Type must be application/json or application/x-protobuf\n',
      ]);
    },
  );

  test.each([17, 64])('a sender that breaks off after %i bytes', async (bytes) => {
    const headers = { 'content-type': JSON_TYPE, 'content-length': '1000' };
    const req = request({ port: admin.port, path: '/v1/traces', method: 'POST', headers });
    req.on('error', () => {});
    req.write(json(span()).slice(0, bytes));
    await sleep(50);
    req.destroy();
    await sleep(50);
    expect(ring.list()).toEqual([]);
    expect((await post(json(span()))).status).toBe(200);
  });
});

test('only so many bodies are read at once', async () => {
  const headers = { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked' };
  const slow = Array.from({ length: 16 }, () => {
    const req = request({ port: admin.port, path: '/v1/traces', method: 'POST', headers });
    req.on('error', () => {});
    req.write('{');
    return req;
  });
  await expect.poll(async () => (await post(json(span()))).status).toBe(503);
  expect((await post(json(span()))).headers['retry-after']).toBe('1');
  for (const req of slow) req.destroy();
  await expect.poll(async () => (await post(json(span()))).status).toBe(200);
});
