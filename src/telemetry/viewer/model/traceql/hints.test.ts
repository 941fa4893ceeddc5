import { expect, test } from 'vitest';
import { hintsOf } from './hints.ts';
import { parseTraceQL } from './parse.ts';

test.each([
  ['{ duration > 100 }', ['100']],
  ['{ name = "a" && (traceDuration >= 1.5 || !(20 < event:timeSinceStart)) }', ['1.5', '20']],
  ['{ status = error } >> { span:duration > 7 }', ['7']],
  ['{} | avg(duration) > 250 | max(duration) < 250', ['250']],
])('tells of %s that a number is in nanoseconds', (query, numbers) => {
  expect(hintsOf(parseTraceQL(query))).toEqual(numbers.map((n) => `${n} is ${n} ns; did you mean ${n}ms?`));
});

test.each([
  '{ duration > 100ms }',
  '{ duration > 0 }',
  // Nobody means 28 hours.
  '{ duration > 100000000 }',
  '{ span.rows > 100 && span:childCount > 3 && span.took = 5 }',
  '{} | count() > 5 | avg(span.rows) > 3',
])('says nothing of %s', (query) => {
  expect(hintsOf(parseTraceQL(query))).toEqual([]);
});
