import { expect, it } from 'vitest';
import { readOtlpFile } from './otlp-file.ts';
import { cutIntoParts } from './otlp-parts.ts';

const spans = (...ids: string[]) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: 'a' } }] },
  scopeSpans: [{ scope: { name: 's' }, spans: ids.map((spanId) => ({ traceId: 'AB'.repeat(16), spanId })) }],
});
const logs = { resource: {}, scopeLogs: [{ logRecords: [{ traceId: 'cd'.repeat(16) }] }] };

it.each([
  ['TracesData', JSON.stringify({ resourceSpans: [spans('1')] })],
  ['what Tempo answers', JSON.stringify({ batches: [spans('1')] })],
  ['what Tempo answers in its second version', JSON.stringify({ trace: { resourceSpans: [spans('1')] } })],
  ['a list of them', JSON.stringify([{ resourceSpans: [spans('1')] }])],
  ['more than one line', JSON.stringify({ resourceSpans: [spans('1')] }, undefined, 2)],
])('reads %s', (_, text) => {
  expect(readOtlpFile(text)).toEqual({ resourceSpans: [spans('1')], resourceLogs: [] });
});

it('reads JSON lines of spans and log lines', () => {
  const text = `${JSON.stringify({ resourceSpans: [spans('1')] })}\n${JSON.stringify({ resourceLogs: [logs] })}\r\n\n`;
  expect(readOtlpFile(text)).toEqual({ resourceSpans: [spans('1')], resourceLogs: [logs] });
});

it.each([
  ['hello', 'This is not JSON.'],
  ['{"resourceSpans":[]}\n{"resource', 'Line 2 is not JSON.'],
  ['{"some":"thing"}', 'This is not OTLP JSON'],
  ['{"resourceSpans":[]}', 'There are no spans'],
])('says what is wrong with %s', (text, message) => expect(() => readOtlpFile(text)).toThrow(message));

it('cuts into bodies that say of each span where it comes from', () => {
  const one = JSON.stringify({ traceId: 'AB'.repeat(16), spanId: '1' }).length;
  const { bodies, traceIds } = cutIntoParts('traces', [spans('1', '2', '3'), spans('4')], one * 2);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    { resourceSpans: [spans('1', '2')] },
    { resourceSpans: [spans('3'), spans('4')] },
  ]);
  expect(traceIds).toEqual(['ab'.repeat(16)]);
});

it('sends a record that is longer than a part alone', () => {
  expect(cutIntoParts('traces', [spans('1', '2')], 1).bodies.map((body) => JSON.parse(body))).toEqual([
    { resourceSpans: [spans('1')] },
    { resourceSpans: [spans('2')] },
  ]);
});

it('keeps log lines apart from spans', () => {
  expect(cutIntoParts('logs', [logs], 1000)).toEqual({
    bodies: [JSON.stringify({ resourceLogs: [logs] })],
    traceIds: ['cd'.repeat(16)],
  });
});

it('turns ids in base64 into hexadecimal', () => {
  const base64 = (hex: string) => btoa(hex.replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16))));
  const ids = {
    traceId: base64('ab'.repeat(16)),
    spanId: base64('12'.repeat(8)),
    parentSpanId: base64('34'.repeat(8)),
  };
  const links = [{ traceId: ids.traceId, spanId: ids.spanId }];
  const file = [{ scopeSpans: [{ spans: [{ ...ids, links }] }] }];
  const { bodies, traceIds } = cutIntoParts('traces', file, 1000);
  expect(traceIds).toEqual(['ab'.repeat(16)]);
  expect(JSON.parse(bodies[0] ?? '').resourceSpans[0].scopeSpans[0].spans).toEqual([
    {
      traceId: 'ab'.repeat(16),
      spanId: '12'.repeat(8),
      parentSpanId: '34'.repeat(8),
      links: [{ traceId: 'ab'.repeat(16), spanId: '12'.repeat(8) }],
    },
  ]);
});
