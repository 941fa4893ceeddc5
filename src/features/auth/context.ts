import type { Database } from '../../data/database.ts';
import type { LoginAttempts } from './login-attempts.ts';
import type { AccessTokens } from './tokens.ts';

/** What accounts use. */
export interface AuthContext {
  db: Database;
  tokens: AccessTokens;
  loginAttempts: LoginAttempts;
  now: () => Date;
}
