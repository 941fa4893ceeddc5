import { expect, test } from 'vitest';
import {
  traceStart as BEGAN,
  shortLine as line,
  shortSpan as span,
  sampleTrace as traceOf,
} from '../../../../../test/support/sample-traces.ts';
import { analyse } from './analysis.ts';
import { marksIn, momentsOf } from './moments.ts';
import { searchSpans } from './span-search.ts';

const trace = traceOf(
  [
    span('root', undefined, 0, 100),
    span('load', 'root', 20, 60, {
      service: 'db',
      attributes: { 'db.query.text': 'SELECT 1', tags: ['Red', 'green'], nested: { key: 'Deep' } },
      events: [{ name: 'exception', timeNano: BigInt(BEGAN + 30) * 1_000_000n, attributes: { why: 'Broken' } }],
    }),
    span('lost', 'nobody', 90, 30, { name: 'away' }),
  ],
  [line('load', 25), line('load', 25.1, { severity: 'error' }), line('load', 500), line(undefined, 50)],
);
const analysis = analyse(trace);
const load = analysis.nodes.get('load');

test('times count from the first start to the last end', () => {
  expect([analysis.start, analysis.total, analysis.took]).toEqual([BEGAN, 120, 100]);
});

test('services come in the order of the tree, with their spans', () => {
  expect([...analysis.services.values()]).toEqual([
    { name: 'api', order: 0, spans: 2 },
    { name: 'db', order: 1, spans: 1 },
  ]);
  expect(analysis.queries).toBe(1);
});

test('gaps and the critical path count from the start of the trace', () => {
  const root = analysis.nodes.get('root');
  expect(root && analysis.gapsOf(root)).toEqual([
    { start: 0, end: 20 },
    { start: 80, end: 100 },
  ]);
  expect(analysis.critical.get('load')).toEqual([{ start: 20, end: 80 }]);
});

test('an empty trace and one of lines only can be shown', () => {
  expect(analyse(traceOf([])).total).toBeGreaterThan(0);
  expect(analyse(traceOf([], [line(undefined, 0), line(undefined, 40)])).total).toBe(40);
});

test('the search reads names, services, attributes however deep, and events; the whole text must be there', () => {
  const found = (text: string) => searchSpans(analysis, text)?.spans;
  expect(found('LOAD')).toEqual(['load']);
  expect(found('db.query.text=select')).toEqual(['load']);
  expect(found(' RED green ')).toEqual(['load']);
  expect(found('broken')).toEqual(['load']);
  expect(found('green load')).toEqual([]);
  expect([found('lost'), found('los')]).toEqual([['lost'], []]);
  expect(found('api')).toEqual(['root', 'lost']);
  expect(found('  ')).toBeUndefined();
});

test('moments at one place are one mark, the gravest; a late line stands at the edge', () => {
  if (!load) throw new Error('no span');
  const moments = momentsOf(analysis, load);
  expect(moments.map(({ at, severity }) => [Math.round(at), severity])).toEqual([
    [25, 'info'],
    [25, 'error'],
    [500, 'info'],
    [30, 'error'],
  ]);
  const marks = marksIn(moments, { from: 0, to: 120 }, 120, 100);
  expect(marks.map(({ index, others }) => [index, others])).toEqual([
    [1, 1],
    [2, 0],
    [-1, 0],
  ]);
  expect(marks[1]?.place).toBe(1);
  expect(marksIn(moments, { from: 60, to: 80 }, 120, 100)).toEqual([]);
});
