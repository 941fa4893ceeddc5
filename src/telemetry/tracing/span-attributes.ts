import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** Attributes of one span at most, as the OpenTelemetry specification has it. */
export const MAX_ATTRIBUTES = 128;

/** What was set one by one: names and values in turn, in that order. */
export type SetAttributes = readonly unknown[];

const isPrimitive = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value));

const isAttributeValue = (value: unknown): value is AttributeValue =>
  isPrimitive(value) ||
  (Array.isArray(value) && value.every((item) => item === null || item === undefined || isPrimitive(item)));

const isAttribute = (name: unknown, value: unknown): value is AttributeValue => name !== '' && isAttributeValue(value);

/** Of each name the last value, as pairs again. */
export const lastValues = (set: SetAttributes): unknown[] => {
  const last = new Map<unknown, unknown>();
  for (let i = 0; i < set.length; i += 2) if (isAttribute(set[i], set[i + 1])) last.set(set[i], set[i + 1]);
  return [...last].flat();
};

/** Whether some may have to be left out; without looking at which of them are the same. */
export const mayBeTooMany = (given: Attributes = {}, set: SetAttributes = []): boolean =>
  Object.keys(given).length + set.length / 2 > MAX_ATTRIBUTES;

/** The attributes that a span started with and those that were set, the last of each name; what is none is left out. */
export const collectAttributes = (
  given: Attributes | undefined,
  set: SetAttributes = [],
): { attributes: Attributes; dropped: number } => {
  const attributes: Attributes = {};
  let count = 0;
  let dropped = 0;
  const add = (name: string, value: unknown): void => {
    if (!isAttribute(name, value)) return;
    const isNew = !Object.hasOwn(attributes, name);
    if (isNew && count >= MAX_ATTRIBUTES) dropped += 1;
    else {
      if (isNew) count += 1;
      attributes[name] = value;
    }
  };
  for (const name in given) add(name, given[name]);
  for (let i = 0; i < set.length; i += 2) add(set[i] as string, set[i + 1]);
  return { attributes, dropped };
};

/** So few that looking through what was set for each name is quicker than making an object. */
const FEW = 32;

const isSetFrom = (set: SetAttributes, from: number, name: string): boolean => {
  for (let i = from; i < set.length; i += 2) if (set[i] === name && isAttributeValue(set[i + 1])) return true;
  return false;
};

/** Calls `visit` with what `collectAttributes` would collect. */
export const visitAttributes = (
  given: Attributes = {},
  set: SetAttributes = [],
  visit: (name: string, value: AttributeValue) => void,
): void => {
  const names = Object.keys(given);
  if (set.length > FEW || names.length > MAX_ATTRIBUTES - FEW) {
    const { attributes } = collectAttributes(given, set);
    for (const name of Object.keys(attributes)) visit(name, attributes[name] as AttributeValue);
    return;
  }
  for (const name of names) {
    const value = given[name];
    if (isAttribute(name, value) && !isSetFrom(set, 0, name)) visit(name, value);
  }
  for (let i = 0; i < set.length; i += 2) {
    const name = set[i] as string;
    const value = set[i + 1];
    if (isAttribute(name, value) && !isSetFrom(set, i + 2, name)) visit(name, value);
  }
};

/** Characters of one value, or of what takes as much room. */
const lengthOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return 0;
  let length = 0;
  for (const item of value) length += 8 + (typeof item === 'string' ? item.length : 0);
  return length;
};

/** What a name and the place of its value take, in characters: names are shared by all spans. */
const PLACE = 20;

/** About how many characters attributes hold on to. Looks at each once and makes nothing: it runs for every span. */
export const attributesLength = (given: Attributes | undefined, set: SetAttributes | undefined): number => {
  let length = 0;
  for (const name in given) length += PLACE + lengthOf(given[name]);
  if (set !== undefined) for (let i = 1; i < set.length; i += 2) length += PLACE + lengthOf(set[i]);
  return length;
};
