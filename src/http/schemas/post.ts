import { z } from 'zod';
import type { PostDraft } from '../../features/posts/create-post.ts';
import { MUSICAL_KEY } from '../../features/posts/musical-key.ts';
import { Activity } from './activity.ts';
import { id, line, timestamp, webAddress } from './text.ts';

export const postParams = z.strictObject({ id });

const hasNoCredentials = (value: string): boolean => {
  const url = URL.parse(value);
  return url !== null && url.username === '' && url.password === '';
};

/** A musical key in the spelling of producers. */
export const musicalKey = line(1, 10)
  .regex(MUSICAL_KEY, { error: 'must be a key such as C, F# minor, Am or Bb major' })
  .meta({ examples: ['C', 'F# minor', 'Am', 'Bb major'] });

/** Genres are the same in any case, so they are kept in lower case. */
export const genre = line(1, 40).toLowerCase();

export const visibility = z.enum(['public', 'followers', 'private'], {
  error: 'must be public, followers or private',
});

const bpm = z
  .number({ error: 'must be a number' })
  .min(1, { error: 'must be at least 1' })
  .max(300, { error: 'must be at most 300' });

const wholeBars = z
  .int({ error: 'must be a whole number' })
  .min(1, { error: 'must be at least 1' })
  .max(256, { error: 'must be at most 256' });

/** A file's name without its folder. */
export const filename = line(1, 255)
  .refine((value) => !/[/\\]/.test(value) && value !== '.' && value !== '..', {
    error: 'must be the name of a file, without folders',
  })
  // Not the letters of languages that are written so: what makes `exe.3pm` read as `mp3.exe`.
  .refine((value) => !/[\u202a-\u202e\u2066-\u2069]/.test(value), {
    error: 'must not contain characters that turn the direction of the text',
  });

/** The genres of one loop, each once. */
export const genres = z
  .array(genre, { error: 'must be a list of genres' })
  .max(10, { error: 'must have at most 10 entries' })
  .transform((all) => [...new Set(all)]);

export const daw = line(1, 50);

export const NewPost = z
  .strictObject({
    audio_url: webAddress()
      .refine((value) => !/[\s\p{Cc}]/u.test(value), { error: 'must not contain white space' })
      .refine(hasNoCredentials, { error: 'must not contain a user name or password' })
      .optional(),
    audio_id: id.optional().meta({ description: 'of an upload, instead of audio_url' }),
    bpm: bpm.optional(),
    key: musicalKey.optional(),
    daw: daw.optional(),
    duration_bars: wholeBars.optional(),
    genre: genres.default([]),
    filename: filename.optional(),
    visibility: visibility.default('public'),
  })
  .superRefine((post, ctx) => {
    if (post.audio_url === undefined && post.audio_id === undefined) {
      ctx.addIssue({ code: 'custom', path: ['audio_url'], message: 'is required, or audio_id' });
    } else if (post.audio_url !== undefined && post.audio_id !== undefined) {
      ctx.addIssue({ code: 'custom', path: ['audio_id'], message: 'must not be given together with audio_url' });
    }
  })
  .meta({
    id: 'NewPost',
    examples: [
      {
        audio_url: 'https://cdn.example.com/loops/night-drive.wav',
        filename: 'night-drive.wav',
        bpm: 124,
        key: 'F# minor',
        daw: 'Ableton Live',
        duration_bars: 8,
        genre: ['deep house'],
        visibility: 'public',
      },
    ],
  });

export const toDraft = (post: z.output<typeof NewPost>): PostDraft => ({
  ...(post.audio_id === undefined ? { audioUrl: post.audio_url ?? '' } : { audioId: post.audio_id }),
  bpm: post.bpm,
  key: post.key,
  daw: post.daw,
  durationBars: post.duration_bars,
  genre: post.genre,
  filename: post.filename,
  visibility: post.visibility,
});

export const CreatedPost = z
  .strictObject({ post_id: z.guid(), activity: Activity, timestamp })
  .meta({ id: 'CreatedPost' });
