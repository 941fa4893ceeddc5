import { expect, test } from 'vitest';
import { sampleSpan, sampleSummary, sampleTrace } from '../../../../../../test/support/sample-traces.ts';
import type { AttributeValue } from '../../../model/trace.ts';
import { matchesTraceQL } from '../../../model/traceql/evaluate.ts';
import { parseTraceQL } from '../../../model/traceql/parse.ts';
import { attributeQuery } from './attribute-query.ts';

const finds = (query: string, attributes: Record<string, AttributeValue>): boolean =>
  matchesTraceQL(parseTraceQL(query), sampleTrace([sampleSpan({ id: 'a', attributes })]), sampleSummary());

const NAMES = [
  'user.id',
  'x-y',
  'two words',
  'a"b',
  'back\\slash',
  '1st',
  '.x',
  'a{b}',
  'a=b',
  'Größe',
  '__proto__',
  'a//b',
];
const VALUES: AttributeValue[] = [
  'plain',
  '',
  ' ',
  'a"b\\c`d\'e',
  'two\nlines\r\n\ttab',
  '\u0000\u001b\u007f\u2028',
  'half a pair \ud800',
  '😀 {{ } && true }',
  '\\u0041',
  0,
  -5,
  1.5,
  -1e-7,
  5e-324,
  1e20,
  1.2345678901234567e20,
  1.7976931348623157e308,
  2 ** 53,
  9223372036854775807n,
  -9223372036854775808n,
  true,
  false,
];

test.each(NAMES)('finds the attribute that it was made of, whatever its name: %s', (name) => {
  for (const value of VALUES) {
    const query = attributeQuery('span', name, value) ?? '';
    expect([query, finds(query, { [name]: value })]).toEqual([query, true]);
    expect([query, finds(query, { [name]: 'another' })]).toEqual([query, false]);
    expect([query, finds(query, { [`${name}s`]: value })]).toEqual([query, false]);
  }
});

test('is as short as TraceQL allows', () => {
  expect(attributeQuery('span', 'user.id', 'alice')).toBe('{ span.user.id = "alice" }');
  expect(attributeQuery('resource', 'two words', 7)).toBe('{ resource."two words" = 7 }');
});

test('there is none for what cannot be asked for', () => {
  for (const value of [null, [], ['a'], {}, { a: 1 }, Number.NaN, Number.POSITIVE_INFINITY, 'x'.repeat(2000)])
    expect(attributeQuery('span', 'x', value)).toBeUndefined();
  expect(attributeQuery('span', '', 'x')).toBeUndefined();
});
