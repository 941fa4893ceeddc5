import { z } from 'zod';
import { genre, musicalKey } from '../../schemas/post.ts';
import { exactText, limit, number, text, wholeNumber } from '../../schemas/text.ts';

/** Cursors of the unified feed hold what was shown, so they are longer than others. */
const MAX_CURSOR_LENGTH = 6000;
const BPM = { min: 1, max: 999 };

/** What all feeds take. */
export const FeedQuery = z
  .strictObject({
    limit,
    cursor: exactText(1, MAX_CURSOR_LENGTH).optional(),
    offset: wholeNumber(0, 1000).optional().meta({ description: 'for clients that know no cursors; not with cursor' }),
    genre: genre.optional().meta({ description: 'in any case' }),
    key: musicalKey.optional().meta({ description: 'in any spelling: Db minor finds C#m' }),
    daw: text(1, 50).optional().meta({ description: 'in any case' }),
    bpm_min: number(BPM.min, BPM.max).optional(),
    bpm_max: number(BPM.min, BPM.max).optional(),
    feed_type: z.enum(['unified', 'timeline', 'global', 'trending']).optional(),
  })
  .superRefine((query, ctx) => {
    if (query.offset !== undefined && query.cursor !== undefined) {
      ctx.addIssue({ code: 'custom', path: ['offset'], message: 'must not be given together with cursor' });
    }
    if (query.bpm_min !== undefined && query.bpm_max !== undefined && query.bpm_min > query.bpm_max) {
      ctx.addIssue({ code: 'custom', path: ['bpm_min'], message: 'must be at most bpm_max' });
    }
  });
export type FeedQuery = z.output<typeof FeedQuery>;
