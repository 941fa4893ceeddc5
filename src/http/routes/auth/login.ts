import { z } from 'zod';
import { SEED_PASSWORD } from '../../../data/seed/development.ts';
import { login as logIn } from '../../../features/auth/login.ts';
import { route } from '../../contract.ts';
import { AuthReply, email, password, viewAuth } from '../../schemas/auth.ts';

/** The example logs in to the world that `npm start` seeds. */
const Credentials = z
  .strictObject({ email, password })
  .meta({ id: 'Credentials', examples: [{ email: 'alice@example.com', password: SEED_PASSWORD }] });

export const login = route(
  {
    method: 'POST',
    path: '/api/v1/auth/login',
    aliases: ['/api/auth/login'],
    tag: 'auth',
    summary: 'Log in',
    auth: 'none',
    limit: 'auth',
    body: Credentials,
    responses: {
      200: AuthReply,
      401: 'The email or the password is wrong.',
      429: 'Five logins failed within 15 minutes for this account and address.',
    },
  },
  async (ctx, { body, request }) => {
    const authenticated = await logIn(ctx, { ...body, address: request.ip ?? 'unknown' });
    return { status: 200, body: viewAuth(authenticated) };
  },
);
