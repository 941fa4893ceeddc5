import { createPost } from '../../../features/posts/create-post.ts';
import { route } from '../../contract.ts';
import { CreatedPost, NewPost, toDraft } from '../../schemas/post.ts';

export const create = route(
  {
    method: 'POST',
    path: '/api/v1/feed/post',
    tag: 'posts',
    summary: 'Publish a loop',
    description: 'With the address of its audio, or the id of an upload.',
    auth: 'required',
    body: NewPost,
    responses: { 201: CreatedPost },
    idempotent: true,
  },
  async (ctx, { body, viewer }) => {
    const { activity, createdAt } = await createPost(ctx, viewer.id, toDraft(body));
    return { status: 201, body: { post_id: activity.id, activity, timestamp: createdAt.toISOString() } };
  },
);
