import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { viewerSpanSize } from './held-size.ts';
import { readOtlpTraces } from './model/from-otlp.ts';
import type { ViewerSpan } from './model/trace.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const used = (): number => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

const id = (digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('');

const read = (attributes: object[]): ViewerSpan[] => {
  const span = { traceId: id(32), spanId: id(16), name: 'GET', startTimeUnixNano: '1700000000000000000', attributes };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  return readOtlpTraces(JSON.parse(body)).spans;
};

const list = (value: () => object): object[] => [
  { key: 'list', value: { arrayValue: { values: Array.from({ length: 5000 }, value) } } },
];

test.each<[string, () => object[]]>([
  ['names of its own', () => Array.from({ length: 2000 }, () => ({ key: id(6), value: { intValue: 1 } }))],
  [
    'few attributes',
    () => Array.from({ length: 12 }, (_, at) => ({ key: `a.b.${at}`, value: { stringValue: id(20) } })),
  ],
  ['fractions', () => list(() => ({ doubleValue: Math.random() })).concat({ key: 'x', value: {} })],
  [
    'fractions among texts',
    () => list(() => (Math.random() < 0.1 ? { stringValue: '' } : { doubleValue: Math.random() })),
  ],
  ['large integers', () => list(() => ({ intValue: '9223372036854775807' }))],
  ['short texts', () => list(() => ({ stringValue: id(2) }))],
  ['empty lists', () => list(() => ({ arrayValue: {} }))],
  ['empty maps', () => list(() => ({ kvlistValue: {} }))],
  ['one long text', () => [{ key: 'text', value: { stringValue: id(100_000) } }]],
  ['one long text beyond Latin', () => [{ key: 'text', value: { stringValue: 'я'.repeat(100_000) } }]],
])('a span with %s takes no more memory than is counted', (_, attributes) => {
  const before = used();
  const spans = Array.from({ length: 40 }, () => read(attributes())).flat();
  const taken = used() - before;
  const counted = spans.reduce((size, span) => size + viewerSpanSize(span), 0);
  expect(spans).toHaveLength(40);
  expect(taken).toBeLessThan(1.25 * counted);
});
