import { z } from 'zod';
import { findUsersByName } from '../../../features/users/search-users.ts';
import { route } from '../../contract.ts';
import { cursor, limit, text } from '../../schemas/text.ts';
import { ListMeta, UserSummary, viewMeta, viewSummary } from '../../schemas/user.ts';

export const searchUsers = route(
  {
    method: 'GET',
    path: '/api/v1/search/users',
    tag: 'search',
    summary: 'Find users by username or display name',
    auth: 'optional',
    limit: 'search',
    query: z.strictObject({ q: text(1, 100), limit, cursor }),
    responses: { 200: z.strictObject({ users: z.array(UserSummary), meta: ListMeta }) },
  },
  async (ctx, { query, viewer }) => {
    const page = await findUsersByName(ctx, viewer?.id, query.q, query);
    return { status: 200, body: { users: page.items.map(viewSummary), meta: viewMeta(query.limit, page) } };
  },
);
