import type { RecordedSpan } from '../tracing/recorded-span.ts';
import type { WrittenLine } from './from-log-line.ts';
import type { Attributes, AttributeValue, LogLine, ViewerSpan } from './model/trace.ts';

/**
 * Bytes that things hold on to, estimated: some hundreds for the objects, and two for each character, though most
 * strings need one.
 */
const SPAN = 600;
const LINE = 200;

/** Its resource not counted, which all spans of the process share. */
export const recordedSpanSize = (span: RecordedSpan): number => SPAN + 2 * span.textLength;

export const writtenLineSize = (line: WrittenLine): number => LINE + 2 * line.json.length;

const STRING = 16;

const valueSize = (value: AttributeValue): number => {
  switch (typeof value) {
    case 'string':
      return STRING + 2 * value.length;
    case 'number':
      return Number.isInteger(value) ? 0 : 16;
    case 'bigint':
      return 24;
    default:
      if (typeof value !== 'object' || value === null) return 0;
      if (Array.isArray(value)) return value.reduce<number>((size, item) => size + 8 + valueSize(item), 48);
      return attributesSize(value as Attributes);
  }
};

/** Objects with more names than this become hash tables, and the names are not shared with others. */
const FEW = 100;

/** Of strings that nothing else shares. */
export const attributesSize = (attributes: Attributes): number => {
  const names = Object.keys(attributes);
  let size = 56 + (names.length > FEW ? 100 * names.length : 0);
  for (const name of names) size += 16 + 2 * name.length + valueSize(attributes[name] ?? null);
  return size;
};

/** Its resource not counted. */
export const viewerSpanSize = (span: ViewerSpan): number => {
  const { name, scope, scopeVersion, statusMessage, traceState } = span;
  let size = SPAN + 2 * (name.length + scope.length + scopeVersion.length + statusMessage.length + traceState.length);
  size += attributesSize(span.attributes);
  for (const event of span.events) size += 100 + 2 * event.name.length + attributesSize(event.attributes);
  for (const link of span.links) size += 200 + 2 * link.traceState.length + attributesSize(link.attributes);
  return size;
};

/** Its resource not counted; its message twice, since the line is also remembered by it. */
export const logLineSize = (line: LogLine): number => LINE + 4 * line.message.length + attributesSize(line.attributes);
