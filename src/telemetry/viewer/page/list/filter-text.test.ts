import { expect, it } from 'vitest';
import {
  durationRange,
  filterProblems,
  notAppliedNote,
  readFilterText,
  serverQuery,
  traceqlHint,
  validPart,
  writeFilterText,
} from './filter-text.ts';
import { traceqlExamples } from './traceql-examples.ts';

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
  for (const [q] of traceqlExamples('a "shop"')) {
    expect(filterProblems({ q })).toEqual(new Map());
    expect(traceqlHint(q)).toBe('');
  }
});

it('keeps of a field what last was valid, and says of what the list is', () => {
  const noteOf = (text: Parameters<typeof validPart>[0], before: typeof text) =>
    notAppliedNote(filterProblems(text), validPart(text, before));
  expect(validPart({ q: '{ statu', route: '/new' }, { q: '{}', route: '/old', status: '5xx' })).toEqual({
    q: '{}',
    route: '/new',
  });
  expect(noteOf({ q: '{}' }, {})).toBeUndefined();
  expect(noteOf({ q: '{ statu' }, {})).toBe('TraceQL is not valid and not applied. All traces are shown.');
  expect(noteOf({ q: '{ statu' }, { q: '{}' })).toMatch(/last valid filter/);
  expect(noteOf({ q: '{ statu', max: 'x', route: '/a' }, {})).toMatch(/^Maximum.*, TraceQL are not .*other fields/);
});
