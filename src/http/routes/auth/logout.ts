import { z } from 'zod';
import { logout as logOut } from '../../../features/auth/logout.ts';
import { route } from '../../contract.ts';
import { refreshToken } from '../../schemas/auth.ts';

export const logout = route(
  {
    method: 'POST',
    path: '/api/v1/auth/logout',
    aliases: ['/api/auth/logout'],
    tag: 'auth',
    summary: 'End the session of the access token, or of the refresh token in the body',
    description: 'All tokens of the session are refused from then on, everywhere.',
    auth: 'optional',
    body: z.strictObject({ refresh_token: refreshToken.optional() }),
    responses: { 200: z.strictObject({ status: z.literal('logged_out') }), 401: 'Neither token is there.' },
  },
  async (ctx, { body, viewer }) => {
    await logOut(ctx, { sessionId: viewer?.sessionId, refreshToken: body.refresh_token });
    return { status: 200, body: { status: 'logged_out' } };
  },
);
