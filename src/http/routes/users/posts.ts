import { z } from 'zod';
import { getUserPosts } from '../../../features/users/get-posts.ts';
import { route } from '../../contract.ts';
import { Activity } from '../../schemas/activity.ts';
import { cursor, limit } from '../../schemas/text.ts';
import { userParams, viewMeta } from '../../schemas/user.ts';

const Posts = z
  .strictObject({
    activities: z.array(Activity),
    meta: z.strictObject({
      limit: z.int(),
      count: z.int(),
      has_more: z.boolean(),
      next_cursor: z.string().nullable(),
      is_private: z
        .boolean()
        .meta({ description: 'the account is private and you do not follow it: nothing is shown' }),
    }),
  })
  .meta({ id: 'UserPosts' });

export const posts = route(
  {
    method: 'GET',
    path: '/api/v1/users/:id/posts',
    tag: 'users',
    summary: "A user's posts, the latest first",
    auth: 'optional',
    params: userParams,
    query: z.strictObject({ limit, cursor }),
    responses: { 200: Posts, 404: 'There is no such user.' },
  },
  async (ctx, { params, query, viewer }) => {
    const page = await getUserPosts(ctx, viewer?.id, params.id, query);
    const meta = { ...viewMeta(query.limit, page), is_private: page.isHidden };
    return { status: 200, body: { activities: page.items, meta } };
  },
);
