import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 16;
const keys = new Map<string, KeyObject>();

/** A key for cursors only, so that nothing signed for another purpose passes for one. */
const keyOf = (appSecret: string): KeyObject => {
  const known =
    keys.get(appSecret) ?? createSecretKey(Buffer.from(hkdfSync('sha256', appSecret, '', 'sidechain cursor', 32)));
  keys.set(appSecret, known);
  return known;
};

const authenticate = (appSecret: string, scope: readonly (string | number)[], payload: Buffer): Buffer =>
  createHmac('sha256', keyOf(appSecret))
    .update(JSON.stringify(scope))
    .update('\0')
    .update(payload)
    .digest()
    .subarray(0, MAC_BYTES);

/** An opaque text that `openSealed` takes for the same scope only. The scope is authenticated without being in it. */
export const seal = (appSecret: string, scope: readonly (string | number)[], payload: Buffer): string =>
  Buffer.concat([authenticate(appSecret, scope, payload), payload]).toString('base64url');

/** @returns the payload; undefined for what `seal` did not make for this scope. */
export const openSealed = (
  appSecret: string,
  scope: readonly (string | number)[],
  cursor: string,
): Buffer | undefined => {
  const bytes = Buffer.from(cursor, 'base64url');
  const payload = bytes.subarray(MAC_BYTES);
  // The decoder skips what is no base64url and ignores spare bits, so one cursor would have many spellings.
  const isCanonical = bytes.length > MAC_BYTES && bytes.toString('base64url') === cursor;
  const isOurs = isCanonical && timingSafeEqual(bytes.subarray(0, MAC_BYTES), authenticate(appSecret, scope, payload));
  return isOurs ? payload : undefined;
};
