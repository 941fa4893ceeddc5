import type { Attributes, AttributeValue, ViewerTrace } from './trace.ts';

/** Whether a text contains what is looked for. */
export type TextTest = (text: string) => boolean;

/** Letters of either case are the same. No copy is made of what is looked through: that would be most of the cost. */
export function containing(wanted: string): TextTest {
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'i');
  return (text) => pattern.test(text);
}

/** Looks through names, services, attributes, events, status messages and log lines of a trace, and its id. */
export function traceContains(trace: ViewerTrace, test: TextTest): boolean {
  return (
    test(trace.traceId) ||
    trace.spans.some(
      (span) =>
        test(span.name) ||
        test(span.service) ||
        test(span.statusMessage) ||
        attributesContain(span.attributes, test) ||
        span.events.some((event) => test(event.name) || attributesContain(event.attributes, test)),
    ) ||
    trace.lines.some((line) => test(line.message) || test(line.service) || attributesContain(line.attributes, test))
  );
}

function attributesContain(attributes: Attributes, test: TextTest): boolean {
  for (const name in attributes) {
    if (Object.hasOwn(attributes, name) && (test(name) || valueContains(attributes[name] ?? null, test, 0)))
      return true;
  }
  return false;
}

/** Values in values deeper than this are not looked at: what comes in may be nested without end. */
const deepest = 20;

function valueContains(value: AttributeValue, test: TextTest, depth: number): boolean {
  if (typeof value === 'string') return test(value);
  if (value === null || depth > deepest) return false;
  if (typeof value !== 'object') return test(String(value));
  return Object.entries(value).some(
    ([name, inner]) => (!Array.isArray(value) && test(name)) || valueContains(inner, test, depth + 1),
  );
}
