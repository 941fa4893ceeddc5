import { z } from 'zod';
import { FEED_SOURCES } from '../../features/feed/sources.ts';
import { timestamp } from './text.ts';

/** The author of a post, as posts carry it. */
export const Author = z
  .object({
    id: z.uuid(),
    username: z.string(),
    display_name: z.string(),
    avatar_url: z.string().nullable(),
    is_private: z.boolean(),
  })
  .meta({ id: 'Author' });

const count = z.int().nonnegative();

/** A post in a feed. */
export const Activity = z
  .object({
    id: z.uuid(),
    actor: z.string().meta({ example: 'user:019a2b3c-0000-7000-8000-000000000001' }),
    verb: z.literal('posted'),
    object: z.string().meta({ example: 'loop:019a2b3c-0000-7000-8000-000000000002' }),
    audio_url: z.string(),
    waveform_url: z.string().nullable(),
    filename: z.string().nullable(),
    bpm: z.number().nullable(),
    key: z.string().nullable(),
    daw: z.string().nullable(),
    duration_bars: z.int().nullable(),
    duration: z.number().nullable().meta({ description: 'seconds' }),
    genre: z.array(z.string()),
    visibility: z.enum(['public', 'followers', 'private']),
    time: timestamp,
    like_count: count,
    play_count: count,
    comment_count: count,
    score: z.number(),
    source: z.enum(FEED_SOURCES),
    recommendation_reason: z.string().optional(),
    is_recommended: z.boolean(),
    user_id: z.uuid(),
    username: z.string(),
    display_name: z.string(),
    user_avatar_url: z.string().nullable(),
    user: Author,
    is_following: z.boolean(),
    is_own_post: z.boolean(),
    is_liked: z.boolean(),
  })
  .meta({ id: 'Activity' });

/** One page of a feed. */
export const Feed = z
  .object({
    activities: z.array(Activity),
    meta: z.object({
      limit: z.int().min(1).max(100),
      count,
      has_more: z.boolean(),
      next_cursor: z
        .string()
        .nullable()
        .meta({ description: 'null at the end, and in the unified feed on answers to an offset' }),
      following_count: count,
      recommended_count: count,
      trending_count: count,
      recent_count: count,
      degraded_sources: z.array(z.enum(FEED_SOURCES)).meta({ description: 'sources that failed or were too slow' }),
    }),
  })
  .meta({ id: 'Feed' });
