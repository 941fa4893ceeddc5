import { z } from 'zod';
import { refresh as refreshTokens } from '../../../features/auth/refresh.ts';
import { route } from '../../contract.ts';
import { AuthReply, refreshToken, viewAuth } from '../../schemas/auth.ts';

export const refresh = route(
  {
    method: 'POST',
    path: '/api/v1/auth/refresh',
    aliases: ['/api/auth/refresh'],
    tag: 'auth',
    summary: 'Exchange a refresh token for a new pair of tokens',
    description: 'The token given is spent by that. Whoever uses a spent one ends the session.',
    auth: 'none',
    limit: 'auth',
    body: z.strictObject({ refresh_token: refreshToken }),
    responses: { 200: AuthReply, 401: 'The token is unknown, spent or expired, or its session has ended.' },
  },
  async (ctx, { body }) => ({ status: 200, body: viewAuth(await refreshTokens(ctx, body.refresh_token)) }),
);
