import { z } from 'zod';
import { getCurrentUser } from '../../../features/auth/current-user.ts';
import { route } from '../../contract.ts';
import { Account, viewAccount } from '../../schemas/user.ts';

export const me = route(
  {
    method: 'GET',
    path: '/api/v1/auth/me',
    tag: 'auth',
    summary: 'Whose access token this is',
    auth: 'required',
    responses: { 200: z.strictObject({ user: Account }) },
  },
  async (ctx, { viewer }) => ({ status: 200, body: { user: viewAccount(await getCurrentUser(ctx, viewer.id)) } }),
);
