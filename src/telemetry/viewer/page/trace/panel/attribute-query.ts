import type { AttributeValue } from '../../../model/trace.ts';

/** What an attribute belongs to, as TraceQL calls it. */
export type AttributeScope = 'span' | 'resource' | 'event' | 'link';

/** Characters. The list would not take much more, and nobody looks for a page of text by the whole of it. */
const LONGEST = 1000;

/** A name that ends where it should without quotes. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]*$/;

/** A value as TraceQL writes it; undefined where it cannot. */
const literal = (value: AttributeValue): string | undefined => {
  switch (typeof value) {
    // Its escapes are Go's too, which are TraceQL's.
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) return undefined;
      // Digits alone would be read as an exact integer, and few large doubles are round in decimals.
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
    default:
      return undefined;
  }
};

/**
 * The query for traces in which something has this very attribute: `{ span.user.id = "…" }`.
 * @returns undefined for what TraceQL cannot write: lists, maps, nothing, NaN; and for what is very long
 */
export const attributeQuery = (scope: AttributeScope, name: string, value: AttributeValue): string | undefined => {
  const written = literal(value);
  if (written === undefined || name === '') return undefined;
  const query = `{ ${scope}.${PLAIN_NAME.test(name) ? name : JSON.stringify(name)} = ${written} }`;
  return query.length > LONGEST ? undefined : query;
};
