import { z } from 'zod';
import { getRecommendedUsers } from '../../../features/users/lists.ts';
import { route } from '../../contract.ts';
import { limit } from '../../schemas/text.ts';
import { ListMeta, RecommendedUser, viewMeta, viewSummary } from '../../schemas/user.ts';

export const recommended = route(
  {
    method: 'GET',
    path: '/api/v1/users/recommended',
    tag: 'users',
    summary: 'Whom you may want to follow',
    description: 'First those whom the people you follow follow, then the most followed.',
    auth: 'required',
    query: z.strictObject({ limit }),
    responses: { 200: z.strictObject({ users: z.array(RecommendedUser), meta: ListMeta }) },
  },
  async (ctx, { query, viewer }) => {
    const items = await getRecommendedUsers(ctx, viewer.id, query.limit);
    const users = items.map((row) => ({ ...viewSummary(row), mutual_count: row.mutualCount }));
    return { status: 200, body: { users, meta: viewMeta(query.limit, { items, nextCursor: null }) } };
  },
);
