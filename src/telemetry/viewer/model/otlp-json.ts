/** Reading of OTLP's JSON, field by field: what is missing is the default, what is wrong is told with its name. */

/** What is wrong with something that was to be OTLP, in words for who sent it. */
export class OtlpError extends Error {
  override name = 'OtlpError';
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Elements of one list: attributes of a span, its events, its links. */
const MAX_ELEMENTS = 10_000;
/** UTF-16 code units. */
const MAX_STRING = 1024 * 1024;
const MAX_UINT64 = 2n ** 64n - 1n;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws OtlpError when it is there and no object. */
export const readObject = (value: unknown, field: string): JsonObject => {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new OtlpError(`${field} is not an object`);
  return value;
};

/** @throws OtlpError when it is there and no list. */
export const readList = (value: unknown, field: string): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new OtlpError(`${field} is not a list`);
  return value;
};

/** A list that belongs to one span or line. @throws OtlpError also when it is too long. */
export const readShortList = (value: unknown, field: string): readonly unknown[] => {
  const list = readList(value, field);
  if (list.length > MAX_ELEMENTS) throw new OtlpError(`${field} has more than ${MAX_ELEMENTS} elements`);
  return list;
};

/** @throws OtlpError when it is no string, or one of more than 1 Mi characters. */
export const readString = (value: unknown, field: string): string => {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new OtlpError(`${field} is not a string`);
  if (value.length > MAX_STRING) throw new OtlpError(`${field} is longer than ${MAX_STRING} characters`);
  return value;
};

/** A count: what is no natural number is 0, because nothing hangs on it. */
export const readCount = (value: unknown): number => {
  const count = Number(value ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
};

/** A whole number, as JSON's number or as text. @returns undefined when it is none. */
export const readInteger = (value: unknown): bigint | undefined => {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
};

/** Nanoseconds since 1970; 0 when it is missing. @throws OtlpError when it is no such number. */
export const readTime = (value: unknown, field: string): bigint => {
  if (value === undefined || value === null || value === '') return 0n;
  const time = readInteger(value);
  if (time === undefined || time < 0n || time > MAX_UINT64)
    throw new OtlpError(`${field} is not nanoseconds since 1970`);
  return time;
};

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** @returns undefined when a character is not of base64. */
const hexFromBase64 = (text: string): string | undefined => {
  let bits = 0;
  let held = 0;
  let hex = '';
  for (const character of text.replace(/=+$/, '')) {
    const value = BASE64.indexOf(character);
    if (value < 0) return undefined;
    bits = (bits << 6) | value;
    held += 6;
    while (held >= 4) {
      held -= 4;
      hex += ((bits >> held) & 15).toString(16);
    }
    bits &= (1 << held) - 1;
  }
  return hex;
};

/**
 * An id as hexadecimal digits in lower case; '' when it is missing or all zeros, which OTLP takes for the same.
 * Base64, of the same bytes, is what Tempo's API and protobuf's own JSON write.
 * @param bytes 16 for traces, 8 for spans
 * @throws OtlpError when it is neither
 */
export const readId = (value: unknown, bytes: 8 | 16, field: string): string => {
  if (value === undefined || value === null || value === '') return '';
  const problem = (): OtlpError =>
    new OtlpError(`${field} is not an id of ${bytes} bytes (${bytes * 2} hexadecimal digits)`);
  if (typeof value !== 'string') throw problem();
  const isBase64 = value.length === Math.ceil(bytes / 3) * 4 && value.endsWith('=');
  const hex = isBase64 ? hexFromBase64(value)?.slice(0, bytes * 2) : value.toLowerCase();
  if (hex?.length !== bytes * 2 || !/^[0-9a-f]+$/.test(hex)) throw problem();
  return /^0+$/.test(hex) ? '' : hex;
};
