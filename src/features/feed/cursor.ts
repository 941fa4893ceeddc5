import type { FeedPosition } from '../../data/repositories/feed-rows.ts';
import { openSealed, seal } from '../../data/sealed-cursor.ts';
import { invalid } from '../../errors.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** What a cursor is good for: another viewer, feed or filter makes it a foreign one. */
export interface CursorScope {
  feed: string;
  /** Empty for someone who is not signed in. */
  viewerId: string;
  /** From `filtersKey`. */
  filters: string;
}

const VERSION = 1;
/** Follows that ended are remembered for this long, so no cursor may be older. */
export const CURSOR_LIFETIME_MS = 24 * 3_600_000;

const scopeOf = ({ feed, viewerId, filters }: CursorScope) => ['feed', VERSION, feed, viewerId, filters];

/** An opaque text that `openCursor` takes for the same scope only. The scope is authenticated without being in it. */
export const sealCursor = (appSecret: string, scope: CursorScope, payload: Buffer): string =>
  seal(appSecret, scopeOf(scope), payload);

/** @throws AppError VALIDATION_ERROR when the cursor was not made by `sealCursor` for this scope. */
export const openCursor = (appSecret: string, scope: CursorScope, cursor: string): Buffer => {
  const payload = openSealed(appSecret, scopeOf(scope), cursor);
  if (!payload) throw invalid('cursor', 'cursor must be one that this feed gave, with the same filters');
  return payload;
};

/** @throws AppError VALIDATION_ERROR when a cursor made at `at` is too old at `now` (both milliseconds). */
export const assertFresh = (at: number, now: number): void => {
  if (now - at > CURSOR_LIFETIME_MS) throw expired();
};

export const expired = () => invalid('cursor', 'cursor has expired, begin again without one');

export const encodePosition = ({ snapshot, followed, others, extras }: FeedPosition): Buffer =>
  new VarintWriter()
    .number(snapshot.at)
    .number(snapshot.at - snapshot.followsAt)
    .number(snapshot.maxSeq)
    .uuids(snapshot.followed)
    .uuids(snapshot.unfollowed)
    .number(followed.mark)
    .numbers(followed.holes, followed.mark)
    .number(others.mark)
    .numbers(others.holes, others.mark)
    .numbers(extras, 0)
    .finish();

export const decodePosition = (payload: Buffer): FeedPosition => {
  const reader = new VarintReader(payload);
  const at = reader.number();
  const followsAt = at - reader.number();
  const snapshot = { at, followsAt, maxSeq: reader.number(), followed: reader.uuids(), unfollowed: reader.uuids() };
  const stream = () => {
    const mark = reader.number();
    return { mark, holes: reader.numbers(mark) };
  };
  return { snapshot, followed: stream(), others: stream(), extras: reader.numbers(0) };
};
