import { z } from 'zod';
import { addComment, getComments } from '../../../features/posts/comments.ts';
import { route } from '../../contract.ts';
import { Comment, NewComment, viewComment } from '../../schemas/comment.ts';
import { postParams } from '../../schemas/post.ts';
import { cursor, limit } from '../../schemas/text.ts';
import { ListMeta, viewMeta } from '../../schemas/user.ts';

const shared = { path: '/api/v1/posts/:id/comments', tag: 'comments', params: postParams } as const;
const missing = { 404: 'There is no such post that you may see.' } as const;

export const list = route(
  {
    ...shared,
    method: 'GET',
    summary: 'The comments on a post, newest first',
    auth: 'optional',
    query: z.strictObject({ limit, cursor }),
    responses: { 200: z.strictObject({ comments: z.array(Comment), meta: ListMeta }), ...missing },
  },
  async (ctx, { params, query, viewer }) => {
    const page = await getComments(ctx, viewer?.id, params.id, query);
    const comments = page.items.map((comment) => viewComment(comment, viewer?.id));
    return { status: 200, body: { comments, meta: viewMeta(query.limit, page) } };
  },
);

export const add = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Comment on a post',
    auth: 'required',
    body: NewComment,
    responses: { 201: z.strictObject({ comment: Comment, comment_count: z.int().positive() }), ...missing },
    idempotent: true,
  },
  async (ctx, { params, body, viewer }) => {
    const comment = await addComment(ctx, viewer.id, params.id, body.body);
    return { status: 201, body: { comment: viewComment(comment, viewer.id), comment_count: comment.commentCount } };
  },
);
