import { setImmediate } from 'node:timers/promises';
import { compileFilter, FilterError, type ListFilter, readFilter } from '../model/filter.ts';
import type { TraceSummary } from '../model/summary.ts';
import { writeOtlpTrace } from '../model/to-otlp.ts';
import type { HeldTrace, TraceRing } from '../trace-ring.ts';
import { type Answer, jsonAnswer } from './answer.ts';

export type Matches = (held: HeldTrace) => boolean;

const isEmpty = (filter: ListFilter): boolean => Object.keys(filter).length === 0;

/** @throws FilterError */
export const readMatches = (query: URLSearchParams): Matches => {
  const filter = readFilter(query);
  if (isEmpty(filter)) return () => true;
  const matches = compileFilter(filter);
  return (held) => matches(held.trace, held.summary);
};

/** What is wrong with the filter, for who typed it; undefined for another error. */
export const filterProblem = (error: unknown): Answer | undefined =>
  error instanceof FilterError
    ? jsonAnswer(400, { message: error.message, field: error.field, position: error.position })
    : undefined;

/** Milliseconds that reading traces may keep this process from its requests, but for the one it is reading. */
const SLICE_MS = 5;

/**
 * The newest first. Reading a thousand traces takes up to seconds: requests get their turns between.
 * @param isWanted is asked after each turn; once it says no, the rest is left.
 */
export const listTraces = async (
  ring: TraceRing,
  matches: Matches,
  isWanted: () => boolean = () => true,
): Promise<{ held: number; traces: TraceSummary[] }> => {
  const all = ring.list();
  const traces: TraceSummary[] = [];
  let until = performance.now() + SLICE_MS;
  for (const held of all) {
    if (performance.now() > until) {
      await setImmediate();
      if (!isWanted()) break;
      until = performance.now() + SLICE_MS;
    }
    if (matches(held)) traces.push(held.summary);
  }
  return { held: all.length, traces };
};

/** One trace as OTLP's JSON. @param download makes a browser save it */
export const traceAnswer = (ring: TraceRing, traceId: string, download: boolean): Answer => {
  const held = ring.get(traceId);
  if (!held) return jsonAnswer(404, { message: 'no such trace, or not any more' });
  return jsonAnswer(
    200,
    writeOtlpTrace(held.trace),
    download ? { 'Content-Disposition': `attachment; filename="trace-${traceId}.json"` } : {},
  );
};
