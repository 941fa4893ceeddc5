import type { Attributes, AttributeValue, LogLine } from './model/trace.ts';

/** A line of this process' log, as cheap as it can be kept: it is read when someone looks at its trace. */
export interface WrittenLine {
  /** JSON of the record and its fields. */
  json: string;
  /** `performance.now()` when it was written: the line itself knows whole milliseconds, and spans are shorter. */
  at: number;
}

/** The process and the clock that a trace's lines belong to. */
export interface LineOrigin {
  /** Added to `performance.now()`: milliseconds since 1970, by the clock of the trace's spans. */
  clockOffset: number;
  resource: Attributes;
}

/** A reading of the clock that differs more from what the line says is of another time. */
const LARGEST_DIFFERENCE_MS = 5;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The names that OpenTelemetry has for an error in a log record, as the OTLP export of the same line says it. */
const exceptionAttributes = (error: unknown): Record<string, AttributeValue> => {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return { error: error as AttributeValue };
  const { type, message, stack, ...rest } = error as Record<string, AttributeValue>;
  return {
    ...(type === undefined ? {} : { 'exception.type': type }),
    ...(message === undefined ? {} : { 'exception.message': message }),
    ...(stack === undefined ? {} : { 'exception.stacktrace': stack }),
    ...(Object.keys(rest).length === 0 ? {} : { error: rest }),
  };
};

/**
 * A line of this process' log as the viewer shows it.
 * @param origin of the spans that it stands among; undefined when there are none of this process.
 */
export const fromLogLine = ({ json, at }: WrittenLine, origin: LineOrigin | undefined): LogLine => {
  // It is our own JSON; what stands in it as text is shown as text.
  const record = JSON.parse(json) as Record<string, AttributeValue>;
  const { timestamp, level, message, service, environment, version, trace_id, span_id, trace_flags, ...fields } =
    record;
  const { error, ...others } = fields;
  const said = Date.parse(textOf(timestamp));
  const exact = origin === undefined ? Number.NaN : at + origin.clockOffset;
  const time = Math.abs(exact - said) < LARGEST_DIFFERENCE_MS ? exact : said;
  return {
    traceId: textOf(trace_id),
    spanId: textOf(span_id) || undefined,
    timeNano: BigInt(Math.round(time * 1000)) * 1000n,
    time,
    severity: level === 'debug' || level === 'warn' || level === 'error' ? level : 'info',
    message: textOf(message),
    attributes: error === undefined ? others : { ...exceptionAttributes(error), ...others },
    service: textOf(service),
    resource: origin?.resource ?? {
      'service.name': textOf(service),
      'service.version': textOf(version),
      'deployment.environment.name': textOf(environment),
    },
  };
};
