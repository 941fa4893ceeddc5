import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Ffmpeg, RunOptions } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { addEvent } from '../../../telemetry/spans.ts';
import type { Rendition } from '../result.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import type { NormalizedAudio } from './loudness.ts';
import { progressPart, runsOf, type StageOptions } from './stage-options.ts';
import { truePeaksOfEncoded } from './true-peak.ts';

/** A file that is ready to be served, on this disk. */
export interface EncodedFile extends Omit<Rendition, 'key'> {
  /** Absolute. */
  path: string;
}

export interface Transcoded {
  files: EncodedFile[];
  /** dBTP of the louder one, decoded again; null for silence. */
  truePeak: number | null;
}

/** dBTP that what is served must not pass; a tenth under what was promised, for the rounding of whoever measures. */
const HIGHEST = -1.1;
/** dB by which a correction goes further than it must, since the encoder will not err in the very same way. */
const MARGIN = 0.1;
const CORRECTIONS = 3;

const AAC = { name: 'aac', contentType: 'audio/mp4', file: 'loop.m4a' } as const;
const MP3 = { name: 'mp3', contentType: 'audio/mpeg', file: 'loop.mp3' } as const;

/**
 * ffmpeg's AAC encoder in its fast mode and LAME at quality 7: at 192 kb/s the slow modes are hard to tell from them, and
 * cost three times as much, which would be most of the work of the whole pipeline. LAME codes left and right each by itself,
 * which spares it a fifth of its work; AAC does not, since its errors on what is in the middle would then add up.
 */
const encoder = (name: Rendition['name'], channels: 1 | 2): string[] => {
  const bitrate = ['-b:a', channels === 1 ? '112k' : '192k'];
  return name === 'aac'
    ? // The index goes to the front, so that playing begins before all has arrived.
      ['-c:a', 'aac', '-aac_coder', 'fast', ...bitrate, '-movflags', '+faststart', '-f', 'ipod']
    : // LAME's header tells players how long it is, and how much silence the encoder has put around it, so that loops close.
      [
        ...['-c:a', 'libmp3lame', '-compression_level', '7', '-joint_stereo', '0', ...bitrate],
        ...['-write_xing', '1', '-id3v2_version', '0', '-f', 'mp3'],
      ];
};

/** Nothing of the upload but its sound: no title, no picture, no chapters. */
const SOUND_ONLY = ['-map_metadata', '-1', '-map_chapters', '-1', '-vn', '-sn', '-dn', '-threads', '1'];

/** One of the files in the making. */
interface Output {
  name: Rendition['name'];
  contentType: Rendition['contentType'];
  path: string;
  /** dB by which it is made quieter than what it is made of. */
  lowered: number;
  /** dBTP, decoded again. */
  truePeak: number | null;
}

/**
 * Encodes AAC in MP4, and MP3 for old clients, in one run. Then both are decoded, since encoders overshoot: what has a true peak
 * over -1 dBTP is made again, quieter by as much.
 * @param folder where they are put, as `loop.m4a` and `loop.mp3`
 * @throws AudioFailure; the signal's reason
 */
export const transcode = async (
  ffmpeg: Ffmpeg,
  audio: NormalizedAudio,
  folder: string,
  options: StageOptions,
): Promise<Transcoded> => {
  const nextRun = runsOf(options);
  const outputs = [AAC, MP3].map(
    ({ file, ...form }): Output => ({ ...form, path: join(folder, file), lowered: 0, truePeak: null }),
  );
  const make = async (wanted: readonly Output[], onProgress: RunOptions['onProgress']): Promise<void> => {
    await ffmpeg.run(encodeArguments(audio, wanted), { ...nextRun(), onProgress });
    const peaks = await truePeaksOfEncoded(ffmpeg, wanted, audio.sampleRate, nextRun());
    for (const [index, output] of wanted.entries()) output.truePeak = peaks[index] ?? null;
  };
  try {
    await make(outputs, progressPart(options, audio.duration, 0, 0.85));
    for (let correction = 0; correction < CORRECTIONS; correction += 1) {
      const loud = outputs.filter(({ truePeak }) => truePeak !== null && truePeak > HIGHEST);
      if (loud.length === 0) break;
      for (const output of loud) output.lowered += (output.truePeak ?? HIGHEST) - HIGHEST + MARGIN;
      await make(loud, progressPart(options, audio.duration, 0.85, 0.95));
    }
    const files = await Promise.all(outputs.map(finished));
    options.onProgress?.(1);
    return { files, truePeak: outputs.map(({ truePeak }) => truePeak).reduce(higher) };
  } catch (error) {
    throw fromFfmpegError(error, 'us');
  }
};

const higher = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

const encodeArguments = (audio: NormalizedAudio, outputs: readonly Output[]): string[] => [
  ...input(audio.file, 'wav'),
  ...outputs.flatMap(({ name, path, lowered }) => [
    ...['-map', '0:a:0', ...(lowered === 0 ? [] : ['-af', `volume=-${lowered.toFixed(2)}dB:precision=float`])],
    ...[...SOUND_ONLY, ...encoder(name, audio.channels), `file:${path}`],
  ]),
];

const finished = async ({ name, contentType, path }: Output): Promise<EncodedFile> => {
  const file = { name, contentType, path, ...(await sizeAndHash(path)) };
  addEvent('audio transcoded', { 'audio.rendition': name, 'audio.output.bytes': file.bytes });
  return file;
};

/** Size of a file, and SHA-256 of its bytes for an ETag, read a part at a time. */
const sizeAndHash = async (path: string): Promise<{ bytes: number; etag: string }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { bytes, etag: hash.digest('base64url') };
};
