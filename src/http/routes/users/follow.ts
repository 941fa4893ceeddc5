import { z } from 'zod';
import { followUser, unfollowUser } from '../../../features/social/follow.ts';
import { route } from '../../contract.ts';
import { userParams } from '../../schemas/user.ts';

const shared = {
  path: '/api/v1/users/:id/follow',
  tag: 'social',
  auth: 'required',
  params: userParams,
  responses: {
    200: z.strictObject({ status: z.enum(['following', 'requested', 'none']) }).meta({ id: 'FollowStatus' }),
    404: 'There is no such user.',
  },
} as const;

export const follow = route(
  { ...shared, method: 'POST', summary: 'Follow a user, or ask a private one' },
  async (ctx, { params, viewer }) => ({ status: 200, body: { status: await followUser(ctx, viewer.id, params.id) } }),
);

export const unfollow = route(
  { ...shared, method: 'DELETE', summary: 'Stop following, or take the request back' },
  async (ctx, { params, viewer }) => ({ status: 200, body: { status: await unfollowUser(ctx, viewer.id, params.id) } }),
);
