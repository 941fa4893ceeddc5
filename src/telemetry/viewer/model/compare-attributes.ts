import { writeValue } from './otlp-value.ts';
import type { Attributes, AttributeValue } from './trace.ts';

/** An attribute that two spans have not both, or not with the same value; undefined where it is missing. */
export interface AttributeDifference {
  name: string;
  a: AttributeValue | undefined;
  b: AttributeValue | undefined;
}

export interface AttributeComparison {
  /** By name. */
  different: readonly AttributeDifference[];
  /** How many are the same in both. */
  equal: number;
}

/** What differs between any two requests, and so explains nothing. */
const EACH_ITS_OWN: ReadonlySet<string> = new Set([
  // An id for each request or message.
  'request.id',
  'messaging.message.id',
  // A port for each connection.
  'client.port',
  'net.peer.port',
  'net.sock.peer.port',
  'network.peer.port',
  // Whichever was free.
  'thread.id',
  'thread.name',
]);

/**
 * Which attributes differ, and how many do not. Those that never are the same count for neither.
 * @param shown names of those that are told elsewhere, and count for neither too
 */
export function compareAttributes(a: Attributes, b: Attributes, shown: readonly string[] = []): AttributeComparison {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !EACH_ITS_OWN.has(name) && !shown.includes(name),
  );
  const different = names
    .sort()
    .map((name) => ({ name, a: ownValue(a, name), b: ownValue(b, name) }))
    .filter((attribute) => written(attribute.a) !== written(attribute.b));
  return { different, equal: names.length - different.length };
}

/** An attribute may be called as something that every object has. */
function ownValue(attributes: Attributes, name: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** The same text for the same value of the same type. */
function written(value: AttributeValue | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(writeValue(value));
}
