import { z } from 'zod';
import { getProfile } from '../../../features/users/get-profile.ts';
import { route } from '../../contract.ts';
import { UserProfile, userParams, viewProfile } from '../../schemas/user.ts';

export const profile = route(
  {
    method: 'GET',
    path: '/api/v1/users/:id/profile',
    tag: 'users',
    summary: "A user's profile",
    auth: 'optional',
    params: userParams,
    responses: { 200: z.strictObject({ user: UserProfile }), 404: 'There is no such user.' },
  },
  async (ctx, { params, viewer }) => {
    const row = await getProfile(ctx, viewer?.id, params.id);
    return { status: 200, body: { user: viewProfile(row, viewer?.id) } };
  },
);
