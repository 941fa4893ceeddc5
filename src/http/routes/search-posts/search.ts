import { z } from 'zod';
import { findPosts } from '../../../features/search/search-posts.ts';
import { route } from '../../contract.ts';
import { Activity } from '../../schemas/activity.ts';
import { genre, musicalKey } from '../../schemas/post.ts';
import { cursor, limit, number, text } from '../../schemas/text.ts';
import { ListMeta, viewMeta } from '../../schemas/user.ts';

const CRITERIA = ['q', 'genre', 'key', 'bpm_min', 'bpm_max'] as const;

const SearchQuery = z
  .strictObject({
    q: text(1, 200)
      .optional()
      .meta({ description: 'words of the file name, DAW, key and genres; "a phrase", or, -not' }),
    genre: genre.optional(),
    key: musicalKey.optional().meta({ description: 'in any spelling: Db minor finds C#m' }),
    bpm_min: number(1, 999).optional(),
    bpm_max: number(1, 999).optional(),
    limit,
    cursor,
  })
  .superRefine((query, ctx) => {
    if (CRITERIA.every((name) => query[name] === undefined)) {
      ctx.addIssue({ code: 'custom', path: ['q'], message: `is required, or one of ${CRITERIA.slice(1).join(', ')}` });
    }
    if (query.bpm_min !== undefined && query.bpm_max !== undefined && query.bpm_min > query.bpm_max) {
      ctx.addIssue({ code: 'custom', path: ['bpm_min'], message: 'must be at most bpm_max' });
    }
  });

export const searchPosts = route(
  {
    method: 'GET',
    path: '/api/v1/search/posts',
    tag: 'search',
    summary: 'Find posts by words, genre, key and tempo, newest first',
    auth: 'optional',
    limit: 'search',
    query: SearchQuery,
    responses: { 200: z.strictObject({ activities: z.array(Activity), meta: ListMeta }) },
  },
  async (ctx, { query, viewer }) => {
    const criteria = {
      query: query.q,
      genre: query.genre,
      key: query.key,
      bpmMin: query.bpm_min,
      bpmMax: query.bpm_max,
    };
    const page = await findPosts(ctx, viewer?.id, criteria, query);
    return { status: 200, body: { activities: page.items, meta: viewMeta(query.limit, page) } };
  },
);
