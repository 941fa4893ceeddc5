import { z } from 'zod';
import type { Authenticated } from '../../features/auth/sessions.ts';
import { exactText, line, text, timestamp } from './text.ts';
import { Account, viewAccount } from './user.ts';

/** Compared and stored in lower case. 254 characters is what SMTP can carry (RFC 5321, section 4.5.3.1.3). */
export const email = text(3, 254)
  .toLowerCase()
  .regex(z.regexes.email, { error: 'must be an e-mail address' })
  .meta({ format: 'email' });

export const username = text(3, 30)
  .toLowerCase()
  .regex(/^[a-z0-9_]+$/, { error: 'must consist of letters a-z, digits and underscores' });

export const displayName = line(1, 50);

/** What makes a password strong is for the feature to say; here is only what can be handled at all. */
export const newPassword = exactText(8, 128);
export const password = exactText(1, 128);

export const refreshToken = exactText(1, 512);

/** A session's pair of tokens and whose they are. */
export const AuthReply = z
  .strictObject({
    auth: z.strictObject({ token: z.string(), refresh_token: z.string(), expires_at: timestamp, user: Account }),
  })
  .meta({ id: 'AuthReply' });

export const viewAuth = (authenticated: Authenticated): z.output<typeof AuthReply> => ({
  auth: {
    token: authenticated.token,
    refresh_token: authenticated.refreshToken,
    expires_at: authenticated.expiresAt.toISOString(),
    user: viewAccount(authenticated.user),
  },
});
