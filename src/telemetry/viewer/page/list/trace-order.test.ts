import { expect, it } from 'vitest';
import { sampleSummary } from '../../../../../test/support/sample-traces.ts';
import type { TraceSummary } from '../../model/summary.ts';
import {
  applyChanges,
  nextOrder,
  ordered,
  readOrder,
  type SortColumn,
  withinRange,
  writeOrder,
} from './trace-order.ts';

const trace = (seq: number, rest: Partial<TraceSummary> = {}): TraceSummary =>
  sampleSummary({ traceId: `t${seq}`, seq, duration: seq, ...rest });
const ids = (traces: readonly TraceSummary[]) => traces.map(({ traceId }) => traceId);
const sorted = (sort: string, traces: readonly TraceSummary[]) => ids(ordered(traces, readOrder(`?sort=${sort}`)));

it('puts new traces in front, changes those that it has, and lets go of those that are gone', () => {
  const list = { held: 3, traces: [trace(3), trace(2), trace(1)] };
  const after = applyChanges(list, { held: 4, traces: [trace(4), trace(2, { spans: 9 }), trace(5)], gone: ['t1'] });
  expect(after.held).toBe(4);
  expect(ids(after.traces)).toEqual(['t5', 't4', 't3', 't2']);
  expect(after.traces[3]?.spans).toBe(9);
});

it('shows failed requests first, then those with an error in them, each the newest first', () => {
  const failed = { failed: true, errors: 1 };
  const traces = [trace(5), trace(4, { errors: 2 }), trace(3, failed), trace(2), trace(1, failed)];
  expect(ids(ordered(traces, readOrder('?first=errors')))).toEqual(['t3', 't1', 't4', 't5', 't2']);
  expect(ids(ordered(traces, readOrder('?first=errors&sort=duration')))).toEqual(['t1', 't3', 't4', 't2', 't5']);
});

it('sorts by each column either way, of equal ones the newest first', () => {
  const traces = [
    trace(4, { route: '/b10', statusCode: 404, userId: 'u2', queries: 3, spans: 7, lines: 1 }),
    trace(3, { route: '/B9', statusCode: 200, userId: 'u1', queries: 3, spans: 5, lines: 4 }),
    trace(2, { route: undefined, path: '/a', statusCode: 502, userId: 'u10', queries: 0, spans: 6, lines: 2 }),
    trace(1, { route: undefined, path: undefined, name: 'job', statusCode: 200, userId: 'u1', queries: 9, spans: 9 }),
  ];
  const expected: Record<SortColumn, [ascending: string, descending: string]> = {
    time: ['t1 t2 t3 t4', 't4 t3 t2 t1'],
    duration: ['t1 t2 t3 t4', 't4 t3 t2 t1'],
    title: ['t2 t3 t4 t1', 't1 t4 t3 t2'],
    status: ['t3 t1 t4 t2', 't2 t4 t3 t1'],
    user: ['t3 t1 t4 t2', 't2 t4 t3 t1'],
    queries: ['t2 t4 t3 t1', 't1 t4 t3 t2'],
    spans: ['t3 t2 t4 t1', 't1 t4 t2 t3'],
    lines: ['t1 t4 t2 t3', 't3 t2 t4 t1'],
  };
  for (const [column, [ascending, descending]] of Object.entries(expected)) {
    expect(sorted(column, traces), column).toEqual(ascending.split(' '));
    expect(sorted(`-${column}`, traces), column).toEqual(descending.split(' '));
  }
});

it('puts what has no user or status last, either way, and a failure without a status among the 5xx', () => {
  const none = trace(3, { userId: undefined, statusCode: undefined });
  const job = trace(2, { userId: 'u', statusCode: undefined, failed: true });
  const request = trace(1, { userId: 'a', statusCode: 404 });
  expect(sorted('user', [none, job, request])).toEqual(['t1', 't2', 't3']);
  expect(sorted('-user', [none, job, request])).toEqual(['t2', 't1', 't3']);
  expect(sorted('status', [none, job, request])).toEqual(['t1', 't2', 't3']);
  expect(sorted('-status', [none, job, request])).toEqual(['t2', 't1', 't3']);
});

it('goes from the largest number and the first name to the other way, and then to the newest first', () => {
  const clicks = (column: SortColumn) => {
    const queries: string[] = [];
    let order = readOrder('?first=errors');
    for (let click = 0; click < 3; click += 1) {
      order = nextOrder(order, column);
      const query = new URLSearchParams();
      writeOrder(order, query);
      expect(readOrder(String(query))).toEqual(order);
      queries.push(String(query));
    }
    return queries;
  };
  expect(clicks('duration')).toEqual(['sort=-duration&first=errors', 'sort=duration&first=errors', 'first=errors']);
  expect(clicks('title')).toEqual(['sort=title&first=errors', 'sort=-title&first=errors', 'first=errors']);
  // The list stands in this order already.
  expect(clicks('time')).toEqual(['sort=time&first=errors', 'first=errors', 'sort=time&first=errors']);
});

it('reads what is no column as the newest first', () => {
  for (const query of ['', '?sort=', '?sort=-', '?sort=nonsense', '?sort=-constructor'])
    expect(readOrder(query)).toEqual({ column: 'time', descending: true, errorsFirst: false });
});

it('keeps durations from the least on and below the most', () => {
  expect(ids(withinRange([trace(1), trace(2), trace(3)], { min: 2, max: 3 }))).toEqual(['t2']);
  expect(ids(withinRange([trace(1), trace(2)], { min: 2, max: Number.POSITIVE_INFINITY }))).toEqual(['t2']);
});
