import { hash, randomBytes } from 'node:crypto';
import { newSessionId } from '../../data/repositories/sessions.ts';
import type { AccountRow, NewSession } from '../../data/repositories/users.ts';
import type { AccessTokens } from './tokens.ts';

const REFRESH_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/** What a client gets that proved who it is. */
export interface Authenticated {
  token: string;
  refreshToken: string;
  /** When `token` expires. */
  expiresAt: Date;
  user: AccountRow;
}

/** 256 random bits, so a plain hash is enough to store it safely. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

export const hashRefreshToken = (token: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hash('sha256', token, 'buffer'));

export const refreshExpiry = (now: Date): Date => new Date(now.getTime() + REFRESH_LIFETIME_MS);

/** A session to be stored, and the refresh token that only its owner will know. */
export const prepareSession = (now: Date): { session: NewSession; refreshToken: string } => {
  const refreshToken = newRefreshToken();
  return {
    session: { id: newSessionId(), tokenHash: hashRefreshToken(refreshToken), expiresAt: refreshExpiry(now) },
    refreshToken,
  };
};

/** The pair of tokens for a session that is stored already. */
export const issueTokens = async (
  tokens: AccessTokens,
  user: AccountRow,
  sessionId: string,
  refreshToken: string,
): Promise<Authenticated> => {
  const { token, expiresAt } = await tokens.sign(user, sessionId);
  return { token, refreshToken, expiresAt, user };
};
