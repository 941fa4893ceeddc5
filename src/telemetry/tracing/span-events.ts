import type { Attributes, Exception, HrTime } from '@opentelemetry/api';
import { type EpochMilliseconds, toHrTime } from './span-time.ts';

/** What happened in a span, and when. */
export class TimedEvent {
  readonly name: string;
  readonly at: EpochMilliseconds;
  readonly attributes: Attributes;

  constructor(name: string, at: EpochMilliseconds, attributes: Attributes) {
    this.name = name;
    this.at = at;
    this.attributes = attributes;
  }

  /** In the shape that exporters read. */
  get time(): HrTime {
    return toHrTime(this.at);
  }
}

interface ExceptionParts {
  code?: string | number;
  name?: string;
  message?: string;
  stack?: string;
}

/**
 * The attributes of an event `exception`, as the semantic conventions for exceptions have them.
 * @returns undefined for what has neither type nor message: it says nothing. Anything can be thrown.
 */
export const exceptionAttributes = (exception: Exception): Attributes | undefined => {
  const { code, name, message, stack }: ExceptionParts =
    typeof exception === 'string' ? { message: exception } : (exception ?? {});
  const type = code === undefined ? name : String(code);
  if (!type && !message) return undefined;
  const attributes: Attributes = {};
  if (type) attributes['exception.type'] = type;
  if (message) attributes['exception.message'] = message;
  if (stack) attributes['exception.stacktrace'] = stack;
  return attributes;
};
