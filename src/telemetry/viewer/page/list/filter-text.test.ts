import { expect, it } from 'vitest';
import { durationRange, filterProblems, readFilterText, serverQuery, writeFilterText } from './filter-text.ts';
import { traceqlExamples } from './traceql-help.ts';

it('goes through the URL as it was typed, right or wrong', () => {
  const text = { route: '/feed', min: 'much', q: '{ name = "a&b" }' };
  expect(readFilterText(`?${writeFilterText(text)}&first=errors`)).toEqual(text);
});

it('says of each field what is wrong with it, and where', () => {
  const problems = filterProblems({ route: '/feed', min: 'much', q: '{ duration > }' });
  expect([...problems.keys()]).toEqual(['min', 'q']);
  expect(problems.get('q')?.position).toBe('{ duration > '.length);
});

it('has nothing to say of what is right, or empty', () => {
  expect(filterProblems({ min: '1', max: '2', status: '5xx', user: '', q: '{ status = error }' }).size).toBe(0);
});

it('asks the server for all but durations', () => {
  expect(String(serverQuery({ min: '1', max: '2', user: 'u' }))).toBe('user=u');
});

it('narrows by durations that are understood', () => {
  expect(durationRange({ min: '1', max: '2.5' })).toEqual({ min: 1, max: 2.5 });
  expect(durationRange({ min: 'much', max: '' })).toEqual({ min: 0, max: Number.POSITIVE_INFINITY });
});

it('understands the examples that the page gives', () => {
  for (const [q] of traceqlExamples) expect(filterProblems({ q })).toEqual(new Map());
});
