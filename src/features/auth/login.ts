import { insertSession } from '../../data/repositories/sessions.ts';
import { findCredentials } from '../../data/repositories/users.ts';
import { AppError } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import type { AuthContext } from './context.ts';
import { verifyPassword } from './passwords.ts';
import { type Authenticated, issueTokens, prepareSession } from './sessions.ts';

export interface Credentials {
  /** In lower case. */
  email: string;
  password: string;
  /** The client's, as TRUST_PROXY yields it. */
  address: string;
}

/**
 * Begins a session.
 * @throws AppError UNAUTHORIZED, in the same time and words whatever was wrong; RATE_LIMITED after 5 failures.
 */
export const login = (ctx: AuthContext, { email, password, address }: Credentials): Promise<Authenticated> =>
  withSpan('auth.login', {}, async (span) => {
    const user = await ctx.loginAttempts.run(email, address, async () => {
      const found = await findCredentials(ctx.db, email);
      return (await verifyPassword(found?.passwordHash, password)) ? found?.account : undefined;
    });
    if (!user) {
      addEvent('login refused');
      throw new AppError('UNAUTHORIZED', 'invalid email or password');
    }
    span.setAttribute('user.id', user.id);
    const { session, refreshToken } = prepareSession(ctx.now());
    await insertSession(ctx.db, user.id, session);
    addEvent('user logged in');
    return issueTokens(ctx.tokens, user, session.id, refreshToken);
  });
