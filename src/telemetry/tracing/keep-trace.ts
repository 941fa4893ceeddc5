import { type Attributes, type Span, trace } from '@opentelemetry/api';
import type { KeepReason, LocalTrace } from './local-trace.ts';
import { RecordedSpan } from './recorded-span.ts';

/** What `span`, by default the running one, belongs to, if that is recorded here. */
export const localTraceOf = (span: Span | undefined = trace.getActiveSpan()): LocalTrace | undefined =>
  span instanceof RecordedSpan ? span.trace : undefined;

/** Whether a span that starts now would be looked at by anyone: whoever makes its attributes may save that. */
export const isRecorded = (): boolean => localTraceOf()?.recording === true;

/** Gives `span` attributes that are only worked out if it is kept: most are not, where the sampling rate is low. */
export const describeLater = (span: Span, describe: () => Attributes): void => {
  if (span instanceof RecordedSpan) span.describeWith(describe);
};

/**
 * Has the trace of `span`, by default the running one, kept whatever the sampling rate, with all of its spans in this
 * process. For what is rare and dear, and whose end is not known while its beginning is decided about: uploads.
 */
export const keepTrace = (span?: Span, reason: KeepReason = 'mark'): void => localTraceOf(span)?.mark(reason);

/** Says that the running request waits for a body: how long that takes is up to the caller, and makes it not slow. */
export const bodyAwaited = (): void => {
  const current = localTraceOf();
  if (current) current.judgedFrom = Number.POSITIVE_INFINITY;
};

/** Says that it is there: whether the running request is slow is judged by its time from now on. */
export const bodyArrived = (): void => {
  const current = localTraceOf();
  if (current) current.judgedFrom = performance.now() + current.clockOffset;
};

/** Says that an answer of any length begins: whether the running request was slow is judged by its time until now. */
export const answerBegins = (): void => {
  const current = localTraceOf();
  if (current) current.judgedAt = performance.now() + current.clockOffset;
};
