import { z } from 'zod';
import { removePost } from '../../../features/posts/delete-post.ts';
import { getPost } from '../../../features/posts/get-post.ts';
import { route } from '../../contract.ts';
import { Activity } from '../../schemas/activity.ts';
import { postParams } from '../../schemas/post.ts';

const shared = { path: '/api/v1/posts/:id', tag: 'posts', params: postParams } as const;

export const get = route(
  {
    ...shared,
    method: 'GET',
    summary: 'One post',
    auth: 'optional',
    responses: { 200: z.strictObject({ activity: Activity }), 404: 'There is no such post that you may see.' },
  },
  async (ctx, { params, viewer }) => ({ status: 200, body: { activity: await getPost(ctx, viewer?.id, params.id) } }),
);

export const remove = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Delete your post; again changes nothing',
    auth: 'required',
    responses: {
      200: z.strictObject({ status: z.literal('deleted') }),
      403: 'It is not yours.',
      404: 'There is no such post that you may see.',
    },
  },
  async (ctx, { params, viewer }) => {
    await removePost(ctx, viewer.id, params.id);
    return { status: 200, body: { status: 'deleted' } };
  },
);
