import type { Attributes, AttributeValue } from '../../../model/trace.ts';
import { type AttributeScope, attributeQuery } from './attribute-query.ts';
import { valueText } from './attribute-value.ts';

export interface AttributeRow {
  name: string;
  value: AttributeValue;
  text: string;
  /** TraceQL for traces that have the same; undefined where there is none. */
  query: string | undefined;
}

/** What is in a map, as `map.key`; undefined for all that is none, and for an empty one. */
const inside = (name: string, value: AttributeValue): [string, AttributeValue][] | undefined => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 0 ? undefined : entries.map(([key, inner]) => [`${name}.${key}`, inner]);
};

/**
 * Attributes by name; of a map each key is a row of its own.
 * @param scope what has them; without it nothing can be looked for, as in log lines, which TraceQL does not know
 */
export const attributeRows = (attributes: Attributes, scope: AttributeScope | undefined): AttributeRow[] => {
  const rowsOf = (name: string, value: AttributeValue, isWhole: boolean): AttributeRow[] =>
    inside(name, value)?.flatMap(([key, inner]) => rowsOf(key, inner, false)) ?? [
      { name, value, text: valueText(value), query: scope && isWhole ? attributeQuery(scope, name, value) : undefined },
    ];
  return Object.entries(attributes)
    .flatMap(([name, value]) => rowsOf(name, value, true))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
};
