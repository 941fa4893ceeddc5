import { z } from 'zod';
import { react, unreact } from '../../../features/posts/react.ts';
import { route } from '../../contract.ts';
import { postParams } from '../../schemas/post.ts';

const shared = { tag: 'posts', auth: 'required', params: postParams } as const;
const missing = { 404: 'There is no such post that you may see.' } as const;
const count = z.int().nonnegative();

const likes = {
  ...shared,
  path: '/api/v1/posts/:id/like',
  responses: {
    200: z.strictObject({ status: z.enum(['liked', 'none']), like_count: count }).meta({ id: 'LikeStatus' }),
    ...missing,
  },
} as const;

export const like = route(
  { ...likes, method: 'POST', summary: 'Like a post; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'liked', like_count: await react(ctx, viewer.id, params.id, 'like') },
  }),
);

export const unlike = route(
  { ...likes, method: 'DELETE', summary: 'Take a like back; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'none', like_count: await unreact(ctx, viewer.id, params.id, 'like') },
  }),
);

const reposts = {
  ...shared,
  path: '/api/v1/posts/:id/repost',
  responses: {
    200: z.strictObject({ status: z.enum(['reposted', 'none']), repost_count: count }).meta({ id: 'RepostStatus' }),
    ...missing,
  },
} as const;

export const repost = route(
  { ...reposts, method: 'POST', summary: 'Repost a post; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'reposted', repost_count: await react(ctx, viewer.id, params.id, 'repost') },
  }),
);

export const unrepost = route(
  { ...reposts, method: 'DELETE', summary: 'Take a repost back; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'none', repost_count: await unreact(ctx, viewer.id, params.id, 'repost') },
  }),
);

const saves = {
  ...shared,
  path: '/api/v1/posts/:id/save',
  responses: {
    200: z.strictObject({ status: z.enum(['saved', 'none']), save_count: count }).meta({ id: 'SaveStatus' }),
    ...missing,
  },
} as const;

export const save = route(
  { ...saves, method: 'POST', summary: 'Save a post; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'saved', save_count: await react(ctx, viewer.id, params.id, 'save') },
  }),
);

export const unsave = route(
  { ...saves, method: 'DELETE', summary: 'Forget a saved post; again changes nothing' },
  async (ctx, { params, viewer }) => ({
    status: 200,
    body: { status: 'none', save_count: await unreact(ctx, viewer.id, params.id, 'save') },
  }),
);
