import { expect, it } from 'vitest';
import { sampleSummary } from '../../../../../test/support/sample-traces.ts';
import type { TraceSummary } from '../../model/summary.ts';
import { applyChanges, errorsFirst, withinRange } from './trace-order.ts';

const trace = (seq: number, rest: Partial<TraceSummary> = {}): TraceSummary =>
  sampleSummary({ traceId: `t${seq}`, seq, duration: seq, ...rest });
const ids = (traces: readonly TraceSummary[]) => traces.map(({ traceId }) => traceId);

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
  expect(ids(errorsFirst(traces))).toEqual(['t3', 't1', 't4', 't5', 't2']);
});

it('keeps durations from the least on and below the most', () => {
  expect(ids(withinRange([trace(1), trace(2), trace(3)], { min: 2, max: 3 }))).toEqual(['t2']);
  expect(ids(withinRange([trace(1), trace(2)], { min: 2, max: Number.POSITIVE_INFINITY }))).toEqual(['t2']);
});
