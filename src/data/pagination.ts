import type { ZodType } from 'zod';
import { invalid } from '../errors.ts';
import { openSealed, seal } from './sealed-cursor.ts';

/** Apart from the cursors of feeds. */
const scopeOf = (list: string): string[] => ['list', list];

/**
 * A keyset cursor: the sort values of the last item shown, opaque to the client and of use for one list only.
 * @param list names the list and whose it is, as in `followers:<user id>`.
 */
export const encodeCursor = (appSecret: string, list: string, position: readonly (string | number)[]): string =>
  seal(appSecret, scopeOf(list), Buffer.from(JSON.stringify(position)));

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
  const payload = openSealed(appSecret, scopeOf(list), cursor);
  if (!payload) throw invalid('cursor', 'cursor is not one of this list');
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
