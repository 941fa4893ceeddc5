import type { SpanNode } from '../../model/span-tree.ts';
import type { Severity } from '../../model/trace.ts';
import type { TraceAnalysis } from './analysis.ts';
import type { TimeWindow } from './time-window.ts';

/** Something that happened at one moment of a span: a log line or an event. */
export interface Moment {
  /** Milliseconds after the trace's start. */
  at: number;
  severity: Severity | 'event';
  text: string;
  /** Where it stands among the span's lines, or among its events. */
  index: number;
}

const BY_WEIGHT: readonly (Severity | 'event')[] = ['trace', 'debug', 'event', 'info', 'warn', 'error', 'fatal'];

/** All log lines and events of a span. */
export const momentsOf = ({ lines, start }: TraceAnalysis, { span }: SpanNode): Moment[] => {
  const ofLines = (lines.get(span.spanId) ?? []).map(
    (line, index): Moment => ({ at: line.time - start, severity: line.severity, text: line.message, index }),
  );
  const ofEvents = span.events.map(
    (event, index): Moment => ({
      at: span.start - start + Number(event.timeNano - span.startNano) / 1e6,
      // An exception is what an eye looks for first.
      severity: event.name === 'exception' ? 'error' : 'event',
      text: event.name,
      index: -1 - index,
    }),
  );
  return ofEvents.length === 0 ? ofLines : [...ofLines, ...ofEvents];
};

/** Where a log line's moment stands in a row, and how many others stand at the same place. */
export interface Mark extends Moment {
  /** Of the bars' width, 0 to 1. */
  place: number;
  others: number;
}

/**
 * Marks that can be told apart: of those at the same place the gravest stands for all.
 * @param places how many of them a row has room for
 */
export const marksIn = (moments: readonly Moment[], window: TimeWindow, total: number, places: number): Mark[] => {
  const taken = new Map<number, Mark>();
  for (const moment of moments) {
    // The clock of a line is not the clock of the spans: what is just outside belongs to the edge.
    const at = Math.min(Math.max(moment.at, 0), total);
    if (at < window.from || at > window.to) continue;
    const place = (at - window.from) / (window.to - window.from);
    const key = Math.round(place * places);
    const there = taken.get(key);
    if (!there) taken.set(key, { ...moment, place, others: 0 });
    else if (BY_WEIGHT.indexOf(moment.severity) > BY_WEIGHT.indexOf(there.severity)) {
      taken.set(key, { ...moment, place, others: there.others + 1 });
    } else there.others += 1;
  }
  return [...taken.values()];
};
