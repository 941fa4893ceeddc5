import { z } from 'zod';
import type { AudioFormat, Probe } from './ffmpeg.ts';
import { fileUrl, readerOptions } from './input.ts';

/** One block of memory, bytes: more than any real file makes them ask for, less than a made-up table of samples would. */
export const MAX_BLOCK = '268435456';

/** Only these, so that no title or comment of a file gets into the answer. */
const ENTRIES =
  'stream=codec_type,codec_name,sample_rate,channels,bits_per_sample,bits_per_raw_sample,duration:stream_disposition=attached_pic:format=duration';

export const probeArguments = (path: string, format: AudioFormat): string[] => [
  ...['-hide_banner', '-loglevel', 'error', '-max_alloc', MAX_BLOCK],
  ...['-show_entries', ENTRIES, '-print_format', 'json', ...readerOptions(format), fileUrl(path)],
];

/** ffprobe writes most numbers as text, and N/A or nothing for what it does not know. */
const number = z.preprocess((value) => {
  const parsed = typeof value === 'string' ? Number(value) : value;
  return Number.isFinite(parsed) ? parsed : undefined;
}, z.number().optional());

const answer = z.object({
  streams: z
    .array(
      z.object({
        codec_type: z.string().optional(),
        codec_name: z.string().optional(),
        sample_rate: number,
        channels: number,
        bits_per_sample: number,
        bits_per_raw_sample: number,
        duration: number,
        disposition: z.object({ attached_pic: number }).optional(),
      }),
    )
    .default([]),
  format: z.object({ duration: number }).default({}),
});

/**
 * What ffprobe said, as facts. A file without an audio stream has the codec `none` and no channels.
 * @throws SyntaxError or ZodError when it is not an answer of ffprobe.
 */
export const readProbe = (json: string): Probe => {
  const { streams, format } = answer.parse(JSON.parse(json));
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  const duration = format.duration ?? audio?.duration;
  return {
    codec: audio?.codec_name ?? (audio ? 'unknown' : 'none'),
    duration: duration !== undefined && duration > 0 ? duration : undefined,
    sampleRate: audio?.sample_rate ?? 0,
    channels: audio?.channels ?? 0,
    bitDepth: audio?.bits_per_raw_sample || audio?.bits_per_sample || undefined,
    otherStreams: streams
      .filter((stream) => stream !== audio && stream.disposition?.attached_pic !== 1)
      .map((stream) => stream.codec_type ?? 'unknown'),
  };
};
