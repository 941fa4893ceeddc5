import { z } from 'zod';
import { register as registerAccount } from '../../../features/auth/register.ts';
import { route } from '../../contract.ts';
import { AuthReply, displayName, email, newPassword, username, viewAuth } from '../../schemas/auth.ts';

const Registration = z.strictObject({ email, username, password: newPassword, display_name: displayName }).meta({
  id: 'Registration',
  examples: [
    { email: 'frida@example.com', username: 'frida', password: 'Choose-1-of-your-own', display_name: 'Frida' },
  ],
});

export const register = route(
  {
    method: 'POST',
    path: '/api/v1/auth/register',
    aliases: ['/api/auth/register'],
    tag: 'auth',
    summary: 'Make an account and log in',
    description:
      'The password needs at least 8 characters with an upper-case and a lower-case letter, a digit and a special character, and must not be one of the common ones.',
    auth: 'none',
    limit: 'auth',
    body: Registration,
    responses: { 201: AuthReply, 409: 'The email or the username is taken; `field` says which.' },
    idempotent: true,
  },
  async (ctx, { body }) => {
    const { display_name, ...account } = body;
    const authenticated = await registerAccount(ctx, { ...account, displayName: display_name });
    return { status: 201, body: viewAuth(authenticated) };
  },
);
