import type { TraceSummary } from '../../model/summary.ts';
import type { TraceList } from '../shared/api.ts';
import type { TraceChanges } from '../shared/trace-stream.ts';
import type { DurationRange } from './filter-text.ts';

const newestFirst = (a: TraceSummary, b: TraceSummary): number => b.seq - a.seq;

/** @returns the list after the changes, the newest first */
export const applyChanges = (list: TraceList, { held, traces, gone }: TraceChanges): TraceList => {
  const byId = new Map(list.traces.map((trace) => [trace.traceId, trace]));
  for (const traceId of gone) byId.delete(traceId);
  for (const trace of traces) byId.set(trace.traceId, trace);
  return { held, traces: [...byId.values()].sort(newestFirst) };
};

const rank = (trace: TraceSummary): number => (trace.failed ? 0 : trace.errors > 0 ? 1 : 2);

/** Failed requests, then those in which something failed, then all others; each the newest first. */
export const errorsFirst = (traces: readonly TraceSummary[]): readonly TraceSummary[] =>
  [...traces].sort((a, b) => rank(a) - rank(b) || newestFirst(a, b));

export const withinRange = (traces: readonly TraceSummary[], { min, max }: DurationRange): readonly TraceSummary[] =>
  min <= 0 && max === Number.POSITIVE_INFINITY
    ? traces
    : traces.filter(({ duration }) => duration >= min && duration < max);
