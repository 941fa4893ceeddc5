import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { ZodType } from 'zod';
import { invalid } from '../errors.ts';

const MAC_BYTES = 16;
const keys = new Map<string, Buffer>();

/** A key for cursors only, so that nothing signed for another purpose passes for one. */
const cursorKey = (appSecret: string): Buffer => {
  let key = keys.get(appSecret);
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', appSecret, '', 'sidechain keyset cursor', 32));
    keys.set(appSecret, key);
  }
  return key;
};

const macOf = (appSecret: string, list: string, payload: Buffer): Buffer =>
  createHmac('sha256', cursorKey(appSecret)).update(`${list}\0`).update(payload).digest().subarray(0, MAC_BYTES);

/**
 * A keyset cursor: the sort values of the last item shown, opaque to the client and of use for one list only.
 * @param list names the list and whose it is, as in `followers:<user id>`.
 */
export const encodeCursor = (appSecret: string, list: string, position: readonly (string | number)[]): string => {
  const payload = Buffer.from(JSON.stringify(position));
  return Buffer.concat([macOf(appSecret, list, payload), payload]).toString('base64url');
};

/**
 * @returns the position that `encodeCursor` was given; undefined without a cursor: the list's beginning.
 * @throws AppError VALIDATION_ERROR when the cursor was changed, made up, or taken from another list.
 */
export const decodeCursor = <T>(
  appSecret: string,
  list: string,
  schema: ZodType<T>,
  cursor: string | undefined,
): T | undefined => {
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const payload = bytes.subarray(MAC_BYTES);
  // Base64 has more than one spelling of the same bytes; only ours counts.
  const isOurs =
    bytes.length > MAC_BYTES &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(mac, macOf(appSecret, list, payload));
  if (!isOurs) throw invalid('cursor', 'cursor is not one of this list');
  return schema.parse(JSON.parse(payload.toString()));
};

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Cuts what a query for `limit + 1` rows found to a page, with the cursor of its last item when there is more. */
export const toPage = <T>(rows: T[], limit: number, cursorOf: (last: T) => string): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
};
