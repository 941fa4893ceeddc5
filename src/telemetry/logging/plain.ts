import { isSecretName, REDACTED, redactAndCut } from '../secrets-in-text.ts';
import { errorFields } from './error-fields.ts';

const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;
/** Values in one copy: a wide tree is as costly as a deep one. */
const MAX_VALUES = 2000;
const MAX_TEXT = 8 * 1024;
/** Stacks are read to their end more often than anything else is. */
const MAX_STACK = 12 * 1024;

type Plain = Record<string, unknown>;

interface Copying {
  left: number;
  maxText: number;
  /** The objects that the present one stands in. */
  within: Set<object>;
}

/**
 * A copy of `fields` that JSON can hold, redacted and bounded: no cycle, no getter, no BigInt, no Buffer.
 * @param maxText longest string in it, in characters.
 */
export const plainCopy = (fields: Readonly<Plain>, maxText = MAX_TEXT): Plain => {
  const copying: Copying = { left: MAX_VALUES, maxText, within: new Set() };
  try {
    return copyEntries(fields, copying, 0);
  } catch {
    return { unreadable: true };
  }
};

const copyValue = (value: unknown, copying: Copying, depth: number): unknown => {
  switch (typeof value) {
    case 'string':
      return redactAndCut(value, copying.maxText);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return String(value);
    case 'function':
      return `[function ${value.name}]`;
    case 'symbol':
      return String(value);
    default:
      return value === null ? null : copyObject(value as object, copying, depth);
  }
};

const copyObject = (value: object, copying: Copying, depth: number): unknown => {
  if (copying.left <= 0) return '[…]';
  copying.left -= 1;
  if (copying.within.has(value)) return '[circular]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return redactAndCut(value.href, copying.maxText);
  if (value instanceof RegExp) return redactAndCut(String(value), copying.maxText);
  if (value instanceof Error) return copyError(value, copying);
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[array]' : '[object]';
  copying.within.add(value);
  try {
    if (Array.isArray(value)) return copyList(value, value.length, copying, depth);
    if (value instanceof Set) return copyList(value, value.size, copying, depth);
    if (value instanceof Map) return copyMap(value, copying, depth);
    const toJSON = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === 'function') return copyValue(toJSON.call(value), copying, depth + 1);
    return copyEntries(value, copying, depth);
  } catch {
    return '[unreadable]';
  } finally {
    copying.within.delete(value);
  }
};

const copyError = (error: Error, copying: Copying): Plain => {
  const { type, message, code, stack } = errorFields(error);
  return {
    type: redactAndCut(type, 200),
    message: redactAndCut(message, copying.maxText),
    ...(code === undefined ? {} : { code: typeof code === 'string' ? redactAndCut(code, 200) : code }),
    ...(stack === undefined ? {} : { stack: redactAndCut(stack, Math.min(MAX_STACK, copying.maxText * 2)) }),
  };
};

const copyList = (values: Iterable<unknown>, size: number, copying: Copying, depth: number): unknown[] => {
  const list: unknown[] = [];
  for (const value of values) {
    if (list.length >= MAX_ENTRIES || copying.left <= 0) {
      list.push(`[${size - list.length} more]`);
      break;
    }
    copying.left -= 1;
    list.push(copyValue(value, copying, depth + 1) ?? null);
  }
  return list;
};

const copyMap = (map: Map<unknown, unknown>, copying: Copying, depth: number): Plain => {
  const entries: Plain = Object.create(null);
  let count = 0;
  for (const [name, value] of map) {
    entries[String(name)] = value;
    count += 1;
    if (count > MAX_ENTRIES) break;
  }
  return copyEntries(entries, copying, depth);
};

/** Without a prototype, so that a key named `__proto__` is a key like any other. */
const copyEntries = (source: object, copying: Copying, depth: number): Plain => {
  const copy: Plain = Object.create(null);
  let count = 0;
  for (const name in source) {
    if (!Object.hasOwn(source, name)) continue;
    if (count >= MAX_ENTRIES || copying.left <= 0) {
      copy['…'] = 'more was left out';
      break;
    }
    count += 1;
    copying.left -= 1;
    const shown = redactAndCut(name, 200);
    if (isSecretName(name)) {
      copy[shown] = REDACTED;
      continue;
    }
    let value: unknown;
    try {
      value = (source as Plain)[name];
    } catch {
      value = '[unreadable]';
    }
    const plain = copyValue(value, copying, depth + 1);
    if (plain !== undefined) copy[shown] = plain;
  }
  return copy;
};
