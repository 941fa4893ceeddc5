import { z } from 'zod';
import { AUDIO_FORMATS } from '../../integrations/ffmpeg/ffmpeg.ts';
import { daw, filename, genres, musicalKey, visibility } from './post.ts';
import { id, number, timestamp, wholeNumber } from './text.ts';

export const audioParams = z.strictObject({ id });
export const jobParams = z.strictObject({ job_id: id });

/** Genres in a form: a field of its own for each, or several in one with commas between. */
const listedGenres = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((one) => one.split(','))
      .filter((one) => one.trim() !== ''),
  )
  .pipe(genres)
  .meta({ description: 'several times, or several with commas between', examples: ['deep house, techno'] });

const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: [true, false] });

/** What may be said about a file; what is left out is found by analysis where that is possible. */
export const UploadFields = z.strictObject({
  filename: filename.optional().meta({ description: 'its own name when left out' }),
  bpm: number(1, 300).optional(),
  key: musicalKey.optional(),
  duration_bars: wholeNumber(1, 256).optional(),
  daw: daw.optional(),
  genre: listedGenres.default([]),
  post: flag.default(false).meta({ default: false, description: 'publish it as soon as it is ready' }),
  visibility: visibility.default('public').meta({ description: 'of the post' }),
});

export const AcceptedUpload = z
  .strictObject({
    audio_id: z.guid(),
    post_id: z.guid().optional(),
    job_id: z.guid(),
    status: z.literal('processing'),
    poll_url: z.string(),
  })
  .meta({ id: 'AcceptedUpload' });

const decibels = z.number().nullable();

const measured = { integrated: decibels, true_peak: decibels };

const audio = {
  audio_id: z.guid(),
  filename: z.string(),
  format: z.enum(AUDIO_FORMATS).meta({ description: 'of the uploaded file' }),
  bytes: z.int().positive(),
  duration: z.number().nonnegative().meta({ description: 'seconds' }),
  bpm: z.number().nullable().meta({ description: 'as the uploader said, else as found' }),
  key: z.string().nullable().meta({ description: 'as the uploader said, else as found' }),
  duration_bars: z.int().nullable(),
  daw: z.string().nullable(),
  genre: z.array(z.string()),
  analysis: z.strictObject({
    tempo: z.strictObject({ bpm: z.number(), confidence: z.number() }).nullable(),
    key: z.strictObject({ name: z.string(), confidence: z.number() }).nullable(),
  }),
  loudness: z
    .strictObject({ ...measured, gain: z.number(), limited: z.boolean() })
    .meta({ description: 'of what is served: LUFS and dBTP by EBU R128, and the gain in dB' }),
  source: z.strictObject({
    codec: z.string(),
    sample_rate: z.int().positive(),
    channels: z.int().positive(),
    bit_depth: z.int().nullable(),
    loudness: z.strictObject(measured),
  }),
  stream_url: z.string(),
  mp3_url: z.string(),
  waveform_url: z.string(),
  waveform_json_url: z.string(),
  created_at: timestamp,
};

export const Audio = z.strictObject(audio).meta({ id: 'Audio' });

export const UploadStatus = z
  .strictObject({
    job_id: z.guid(),
    audio_id: z.guid(),
    post_id: z.guid().optional(),
    status: z.enum(['pending', 'processing', 'complete', 'failed']),
    stage: z.string().nullable().meta({ description: 'the one that runs, or ran last' }),
    progress: z.number().min(0).max(1),
    attempts: z.int().nonnegative(),
    result: z
      .strictObject({
        ...audio,
        post_id: z.guid().optional(),
        duplicate_of: z.guid().nullable().meta({ description: 'an earlier upload that sounds the same' }),
      })
      .meta({ id: 'UploadResult' })
      .optional(),
    error: z.string().optional().meta({ description: 'why the last attempt failed' }),
    reason: z.string().optional().meta({ description: 'the same as a word' }),
  })
  .meta({ id: 'UploadStatus' });

/** The data format of BBC audiowaveform, version 2. */
export const WaveformPeaks = z
  .strictObject({
    version: z.literal(2),
    channels: z.literal(1),
    sample_rate: z.int().positive(),
    samples_per_pixel: z.int().positive(),
    bits: z.literal(8),
    length: z.int().nonnegative().meta({ description: 'pixels' }),
    data: z
      .array(z.int().min(-128).max(127))
      .meta({ description: 'smallest and largest sample of each pixel, by turns' }),
  })
  .meta({ id: 'WaveformPeaks', description: 'as audiowaveform writes it' });
