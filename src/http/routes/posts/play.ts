import { z } from 'zod';
import { playPost } from '../../../features/posts/play.ts';
import { route } from '../../contract.ts';
import { postParams } from '../../schemas/post.ts';

const NewPlay = z
  .strictObject({
    duration: z
      .number({ error: 'must be a number of seconds' })
      .min(0, { error: 'must be at least 0' })
      .max(86_400, { error: 'must be at most 86400' })
      .meta({ description: 'seconds listened' }),
    completed: z.boolean({ error: 'must be true or false' }),
  })
  .meta({ id: 'NewPlay', examples: [{ duration: 15.5, completed: true }] });

export const play = route(
  {
    method: 'POST',
    path: '/api/v1/posts/:id/play',
    tag: 'posts',
    summary: 'Count a play; each request is one',
    auth: 'optional',
    params: postParams,
    body: NewPlay,
    responses: {
      200: z.strictObject({ status: z.literal('played'), play_count: z.int().positive() }).meta({ id: 'PlayStatus' }),
      404: 'There is no such post that you may see.',
    },
    idempotent: true,
  },
  async (ctx, { params, body, viewer }) => ({
    status: 200,
    body: { status: 'played', play_count: await playPost(ctx, viewer?.id, params.id, body) },
  }),
);
