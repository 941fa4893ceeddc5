import type { HrTime, TimeInput } from '@opentelemetry/api';

/**
 * Milliseconds since 1970, with the fraction that a clock of the machine has: about 0.25 µs survive in a double.
 * One offset for all spans of a trace, so that an adjustment of the wall clock in between moves none against another.
 */
export type EpochMilliseconds = number;

/** What has to be added to `performance.now()` at this moment to get the time since 1970. */
export const wallClockOffset = (): number => Date.now() - performance.now();

export const toHrTime = (milliseconds: EpochMilliseconds): HrTime => {
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.round((milliseconds - seconds * 1000) * 1e6);
  return nanoseconds === 1e9 ? [seconds + 1, 0] : [seconds, nanoseconds];
};

/**
 * A time in any of the forms that the OpenTelemetry API takes. A number no larger than `performance.now()` is a
 * reading of that clock, as the SDK has it, any other milliseconds since 1970. One that OTLP cannot say, before 1970 or
 * after 2554, is now: an exporter would lose the whole batch to it.
 */
export const fromTimeInput = (input: TimeInput, offset: number): EpochMilliseconds => {
  const given = read(input, offset);
  return given >= 0 && given < LATEST ? given : performance.now() + offset;
};

/** 64 bits of nanoseconds end in the year 2554. */
const LATEST = 2 ** 64 / 1e6;

const read = (input: TimeInput, offset: number): EpochMilliseconds => {
  if (typeof input === 'number') return input <= performance.now() ? input + offset : input;
  if (input instanceof Date) return input.getTime();
  return input[0] * 1000 + input[1] / 1e6;
};
