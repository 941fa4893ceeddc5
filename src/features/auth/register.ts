import { findTaken, insertUser } from '../../data/repositories/users.ts';
import { AppError } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import type { AuthContext } from './context.ts';
import { hashPassword, requireStrongPassword } from './passwords.ts';
import { type Authenticated, issueTokens, prepareSession } from './sessions.ts';

/** Email and username in lower case. */
export interface Registration {
  email: string;
  username: string;
  password: string;
  displayName: string;
}

/**
 * Makes an account and logs it in.
 * @throws AppError ALREADY_EXISTS with field `email` or `username`; VALIDATION_ERROR for a weak password.
 */
export const register = (ctx: Omit<AuthContext, 'loginAttempts'>, input: Registration): Promise<Authenticated> =>
  withSpan('auth.register', {}, async (span) => {
    const { email, username, displayName } = input;
    requireStrongPassword(input.password);
    // Hashing is dear: who is refused anyway need not cause it.
    await refuseTaken(ctx, email, username);
    const passwordHash = await hashPassword(input.password);
    const { session, refreshToken } = prepareSession(ctx.now());
    const user = await insertUser(ctx.db, { email, username, displayName, passwordHash }, session);
    if (!user) {
      // Somebody else was faster since the look-up above.
      await refuseTaken(ctx, email, username);
      throw new AppError('CONFLICT', 'the account could not be made; try again');
    }
    span.setAttribute('user.id', user.id);
    addEvent('user registered');
    return issueTokens(ctx.tokens, user, session.id, refreshToken);
  });

const refuseTaken = async (ctx: Pick<AuthContext, 'db'>, email: string, username: string): Promise<void> => {
  const field = await findTaken(ctx.db, email, username);
  if (field) throw new AppError('ALREADY_EXISTS', `this ${field} is taken`, { field });
};
