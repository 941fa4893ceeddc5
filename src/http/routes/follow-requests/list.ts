import { z } from 'zod';
import { getFollowRequests } from '../../../features/social/follow-requests.ts';
import { route } from '../../contract.ts';
import { cursor, limit } from '../../schemas/text.ts';
import { FollowRequest, ListMeta, viewFollowRequest, viewMeta } from '../../schemas/user.ts';

export const listRequests = route(
  {
    method: 'GET',
    path: '/api/v1/users/me/follow-requests',
    tag: 'social',
    summary: 'Who asks to follow you, the latest first',
    auth: 'required',
    query: z.strictObject({ limit, cursor }),
    responses: { 200: z.strictObject({ requests: z.array(FollowRequest), meta: ListMeta }) },
  },
  async (ctx, { query, viewer }) => {
    const page = await getFollowRequests(ctx, viewer.id, query);
    return { status: 200, body: { requests: page.items.map(viewFollowRequest), meta: viewMeta(query.limit, page) } };
  },
);
