import { findRefreshToken, revokeSession } from '../../data/repositories/sessions.ts';
import { AppError } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import type { AuthContext } from './context.ts';
import { hashRefreshToken } from './sessions.ts';

/**
 * Ends a session at once and everywhere: the one of the access token, the one of the refresh token, or both.
 * Ending one that has ended already, or whose refresh token nobody knows, is fine.
 * @throws AppError UNAUTHORIZED when neither is given.
 */
export const logout = (
  ctx: Pick<AuthContext, 'db' | 'tokens'>,
  by: { sessionId?: string | undefined; refreshToken?: string | undefined },
): Promise<void> =>
  withSpan('auth.logout', {}, async () => {
    if (by.sessionId === undefined && by.refreshToken === undefined) {
      throw new AppError('UNAUTHORIZED', 'an access token or a refresh token is needed');
    }
    const sessions = new Set<string>();
    if (by.sessionId !== undefined) sessions.add(by.sessionId);
    if (by.refreshToken !== undefined) {
      const token = await findRefreshToken(ctx.db, hashRefreshToken(by.refreshToken));
      if (token) sessions.add(token.sessionId);
    }
    for (const sessionId of sessions) {
      await revokeSession(ctx.db, sessionId);
      await ctx.tokens.revokeSession(sessionId);
    }
    addEvent('user logged out');
  });
