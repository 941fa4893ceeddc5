import { expect, test } from 'vitest';
import { shortLine as line } from '../../../../../../test/support/sample-traces.ts';
import { filterLines } from './line-filter.ts';

const lines = [
  line('a', 0, { severity: 'debug', message: 'cache asked' }),
  line('a', 1, { severity: 'warn', message: 'slow', attributes: { query: 'SELECT Posts' } }),
  line('b', 2, { severity: 'error', message: 'failed' }),
];
const kept = (...filter: Parameters<typeof filterLines> extends [unknown, ...infer Rest] ? Rest : never): number[] =>
  filterLines(lines, ...filter).map(({ key }) => key);

test('a severity keeps what is as grave and graver', () => {
  expect(kept('trace', '')).toEqual([0, 1, 2]);
  expect(kept('warn', '')).toEqual([1, 2]);
  expect(kept('fatal', '')).toEqual([]);
});

test('text is looked for in messages and fields', () => {
  expect(kept('trace', ' CACHE ')).toEqual([0]);
  expect(kept('trace', 'select posts')).toEqual([1]);
  expect(kept('error', 'select')).toEqual([]);
});
