import { findRefreshToken, revokeSession, rotateRefreshToken } from '../../data/repositories/sessions.ts';
import { AppError } from '../../errors.ts';
import { log } from '../../telemetry/log.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import type { AuthContext } from './context.ts';
import { type Authenticated, hashRefreshToken, issueTokens, newRefreshToken, refreshExpiry } from './sessions.ts';

/**
 * Exchanges a refresh token for a new pair. The old one is spent by that; whoever brings it again, be it the thief or
 * the owner, ends the session for both (RFC 9700, section 4.14.2).
 * @throws AppError UNAUTHORIZED
 */
export const refresh = (ctx: Omit<AuthContext, 'loginAttempts'>, refreshToken: string): Promise<Authenticated> =>
  withSpan('auth.refresh', {}, async (span) => {
    const tokenHash = hashRefreshToken(refreshToken);
    const successor = newRefreshToken();
    const now = ctx.now();
    const rotated = await rotateRefreshToken(ctx.db, tokenHash, hashRefreshToken(successor), now, refreshExpiry(now));
    if (!rotated) {
      await endSessionIfReused(ctx, tokenHash);
      throw new AppError('UNAUTHORIZED', 'invalid refresh token');
    }
    span.setAttribute('user.id', rotated.account.id);
    return issueTokens(ctx.tokens, rotated.account, rotated.sessionId, successor);
  });

const endSessionIfReused = async (
  ctx: Pick<AuthContext, 'db' | 'tokens'>,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<void> => {
  const token = await findRefreshToken(ctx.db, tokenHash);
  if (!token?.isSpent) return;
  if (!(await revokeSession(ctx.db, token.sessionId))) return;
  await ctx.tokens.revokeSession(token.sessionId);
  addEvent('refresh token reused');
  log.warn('a spent refresh token was used again; its session has been ended');
};
