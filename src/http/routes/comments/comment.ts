import { z } from 'zod';
import { editComment, removeComment } from '../../../features/posts/comments.ts';
import { route } from '../../contract.ts';
import { Comment, commentParams, NewComment, viewComment } from '../../schemas/comment.ts';

const shared = { path: '/api/v1/comments/:id', tag: 'comments', auth: 'required', params: commentParams } as const;
const missing = { 404: 'There is no such comment that you may see.' } as const;

export const edit = route(
  {
    ...shared,
    method: 'PUT',
    summary: 'Change your comment, in its first 5 minutes',
    body: NewComment,
    responses: { 200: z.strictObject({ comment: Comment }), 403: 'It is not yours, or it is too late.', ...missing },
  },
  async (ctx, { params, body, viewer }) => {
    const comment = await editComment(ctx, viewer.id, params.id, body.body);
    return { status: 200, body: { comment: viewComment(comment, viewer.id) } };
  },
);

export const remove = route(
  {
    ...shared,
    method: 'DELETE',
    summary: 'Delete your comment, or one on your post; again changes nothing',
    responses: {
      200: z.strictObject({ status: z.literal('deleted'), comment_count: z.int().nonnegative() }),
      403: 'Neither the comment nor the post is yours.',
      ...missing,
    },
  },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'deleted', comment_count: await removeComment(ctx, viewer.id, params.id) },
  }),
);
