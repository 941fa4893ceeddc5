import { z } from 'zod';
import { getFollowers, getFollowing } from '../../../features/users/lists.ts';
import { route } from '../../contract.ts';
import { cursor, limit } from '../../schemas/text.ts';
import { Follower, ListMeta, userParams, viewMeta, viewSummary } from '../../schemas/user.ts';

const shared = {
  method: 'GET',
  tag: 'users',
  auth: 'optional',
  params: userParams,
  query: z.strictObject({ limit, cursor }),
  responses: { 200: z.strictObject({ users: z.array(Follower), meta: ListMeta }), 404: 'There is no such user.' },
} as const;

const view = (requested: number, page: Awaited<ReturnType<typeof getFollowers>>) => ({
  users: page.items.map((row) => ({ ...viewSummary(row), followed_at: row.at.toISOString() })),
  meta: viewMeta(requested, page),
});

export const followers = route(
  { ...shared, path: '/api/v1/users/:id/followers', summary: 'Who follows a user, the latest first' },
  async (ctx, { params, query, viewer }) => ({
    status: 200,
    body: view(query.limit, await getFollowers(ctx, viewer?.id, params.id, query)),
  }),
);

export const following = route(
  { ...shared, path: '/api/v1/users/:id/following', summary: 'Whom a user follows, the latest first' },
  async (ctx, { params, query, viewer }) => ({
    status: 200,
    body: view(query.limit, await getFollowing(ctx, viewer?.id, params.id, query)),
  }),
);
