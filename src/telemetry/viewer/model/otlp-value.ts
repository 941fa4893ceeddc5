import { isObject, OtlpError, readInteger, readObject, readShortList, readString } from './otlp-json.ts';
import type { Attributes, AttributeValue } from './trace.ts';

/** Lists and maps in each other: deeper ones are not for people, and would exhaust the stack of whoever shows them. */
const MAX_DEPTH = 32;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

const integer = (value: unknown, field: string): number | bigint => {
  const read = readInteger(value);
  if (read === undefined || read < MIN_INT64 || read > MAX_INT64)
    throw new OtlpError(`${field}.intValue is not an integer of 64 bits`);
  const number = Number(read);
  return Number.isSafeInteger(number) ? number : read;
};

const double = (value: unknown, field: string): number => {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number) && value !== 'NaN') throw new OtlpError(`${field}.doubleValue is not a number`);
  return number;
};

const boolean = (value: unknown, field: string): boolean => {
  if (typeof value !== 'boolean') throw new OtlpError(`${field}.boolValue is not true or false`);
  return value;
};

/**
 * An AnyValue of OTLP. Bytes become text in base64; integers beyond 2^53 stay exact as bigint.
 * @throws OtlpError naming `field`
 */
export const readValue = (json: unknown, field: string, depth = 0): AttributeValue => {
  if (json === undefined || json === null) return null;
  if (!isObject(json)) throw new OtlpError(`${field} is not an object such as {"stringValue": "…"}`);
  if (depth > MAX_DEPTH) throw new OtlpError(`${field} is nested deeper than ${MAX_DEPTH} levels`);
  const has = (name: string): boolean => json[name] !== undefined && json[name] !== null;
  if (has('stringValue')) return readString(json.stringValue, `${field}.stringValue`);
  if (has('boolValue')) return boolean(json.boolValue, field);
  if (has('intValue')) return integer(json.intValue, field);
  if (has('doubleValue')) return double(json.doubleValue, field);
  if (has('bytesValue')) return readString(json.bytesValue, `${field}.bytesValue`);
  if (has('arrayValue')) {
    const { values } = readObject(json.arrayValue, `${field}.arrayValue`);
    return readShortList(values, `${field}.arrayValue.values`).map((value) => readValue(value, field, depth + 1));
  }
  if (has('kvlistValue')) {
    const { values } = readObject(json.kvlistValue, `${field}.kvlistValue`);
    return readAttributes(values, `${field}.kvlistValue.values`, depth + 1);
  }
  return null;
};

/** A list of KeyValue; of a key that stands in it twice the last counts. @throws OtlpError naming `field` */
export const readAttributes = (json: unknown, field: string, depth = 0): Attributes =>
  // fromEntries defines properties, so that a key such as __proto__ is one like any other.
  Object.fromEntries(
    readShortList(json, field).map((element) => {
      if (!isObject(element)) throw new OtlpError(`${field} has an element that is not an object`);
      const key = readString(element.key, `a key in ${field}`);
      return [key, readValue(element.value, `${field}[${JSON.stringify(key.slice(0, 100))}]`, depth)];
    }),
  );

const numberValue = (value: number): object => {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { intValue: String(value) };
  // JSON knows neither these nor the sign of zero; protobuf's JSON writes them as text.
  return { doubleValue: Number.isFinite(value) && value !== 0 ? value : Object.is(value, -0) ? '-0' : String(value) };
};

/** The AnyValue that `readValue` reads as `value`. A whole number is written as an integer. */
export const writeValue = (value: AttributeValue): object => {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return numberValue(value);
    case 'bigint':
      return { intValue: String(value) };
    default:
      if (value === null) return {};
      if (Array.isArray(value)) return { arrayValue: { values: value.map(writeValue) } };
      return { kvlistValue: { values: writeAttributes(value as Attributes) } };
  }
};

export const writeAttributes = (attributes: Attributes): { key: string; value: object }[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: writeValue(value) }));
