import { z } from 'zod';
import { muteUser, unmuteUser } from '../../../features/social/mute.ts';
import { getMuted } from '../../../features/users/lists.ts';
import { route } from '../../contract.ts';
import { cursor, limit } from '../../schemas/text.ts';
import { ListMeta, MutedUser, userParams, viewMeta, viewSummary } from '../../schemas/user.ts';

const shared = {
  path: '/api/v1/users/:id/mute',
  tag: 'social',
  auth: 'required',
  params: userParams,
  responses: {
    200: z.strictObject({ status: z.enum(['muted', 'none']) }).meta({ id: 'MuteStatus' }),
    404: 'There is no such user.',
  },
} as const;

export const mute = route(
  { ...shared, method: 'POST', summary: "Keep a user's posts out of your feeds" },
  async (ctx, { params, viewer }) => ({ status: 200, body: { status: await muteUser(ctx, viewer.id, params.id) } }),
);

export const unmute = route(
  { ...shared, method: 'DELETE', summary: "Let a user's posts into your feeds again" },
  async (ctx, { params, viewer }) => ({ status: 200, body: { status: await unmuteUser(ctx, viewer.id, params.id) } }),
);

export const muted = route(
  {
    method: 'GET',
    path: '/api/v1/users/me/muted',
    tag: 'social',
    summary: 'Whom you muted, the latest first',
    auth: 'required',
    query: z.strictObject({ limit, cursor }),
    responses: { 200: z.strictObject({ users: z.array(MutedUser), meta: ListMeta }) },
  },
  async (ctx, { query, viewer }) => {
    const page = await getMuted(ctx, viewer.id, query);
    const users = page.items.map((row) => ({ ...viewSummary(row), muted_at: row.at.toISOString() }));
    return { status: 200, body: { users, meta: viewMeta(query.limit, page) } };
  },
);
