import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { addEvent, withSpan } from '../../../telemetry/spans.ts';
import type { Rendition } from '../result.ts';
import { encoder } from './encoders.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import { CEILING, chooseGain, TARGET, TOLERANCE } from './gain.ts';
import { applyLoudness, type LoudnessPlan } from './loudness.ts';
import { MEASURE_LOUDNESS, type MeasuredLoudness, readIntegrated } from './loudness-report.ts';
import { BLOCK } from './measure-loudness.ts';
import { progressPart, runsOf, type StageOptions } from './stage-options.ts';

/** A file that is ready to be served, on this disk. */
export interface EncodedFile extends Omit<Rendition, 'key'> {
  /** Absolute. */
  path: string;
}

export interface Transcoded {
  files: EncodedFile[];
  /** As it was carried out: limiting may have been corrected. */
  plan: LoudnessPlan;
  /** Of what went into the encoders. */
  loudness: MeasuredLoudness;
}

/** How often limiting, which costs loudness, is corrected. */
const CORRECTIONS = 2;

const AAC = { name: 'aac', contentType: 'audio/mp4', file: 'loop.m4a' } as const;
const MP3 = { name: 'mp3', contentType: 'audio/mpeg', file: 'loop.mp3' } as const;

/**
 * The second pass: applies the gain that was planned, and encodes AAC in MP4, and MP3 for old clients, all in one run of
 * ffmpeg, so that nothing is decoded or written only to be read again.
 * @param folder where they are put, as `loop.m4a` and `loop.mp3`
 * @param lowered dB by which they are made quieter than planned
 * @throws AudioFailure; the signal's reason
 */
export const transcode = async (
  ffmpeg: Ffmpeg,
  plan: LoudnessPlan,
  folder: string,
  { lowered = 0, ...options }: StageOptions & { lowered?: number },
): Promise<Transcoded> => {
  const outputs = [AAC, MP3].map(({ file, ...form }) => ({ ...form, path: join(folder, file) }));
  const nextRun = runsOf(options);
  let made = { plan, loudness: await encode(ffmpeg, plan, outputs, { ...options, ...nextRun(), lowered }) };
  for (let correction = 0; correction < CORRECTIONS; correction += 1) {
    const corrected = lowered === 0 ? correctLimiting(made.plan, made.loudness) : undefined;
    if (corrected === undefined) break;
    made = { plan: corrected, loudness: await encode(ffmpeg, corrected, outputs, { ...options, ...nextRun() }) };
  }
  const files = await Promise.all(outputs.map(finished));
  options.onProgress?.(1);
  return { ...made, files };
};

/** Limiting makes things quieter than the gain alone would. @returns a plan that makes up for it, where that is worth it */
const correctLimiting = (plan: LoudnessPlan, { integrated }: MeasuredLoudness): LoudnessPlan | undefined => {
  const { gain, measured } = plan;
  if (!gain.limited || integrated === null || measured.duration < BLOCK) return undefined;
  if (Math.abs(TARGET - integrated) <= TOLERANCE) return undefined;
  const next = chooseGain(measured, gain.gain + TARGET - integrated);
  return Math.abs(next.gain - gain.gain) < 0.1 ? undefined : { ...plan, gain: next };
};

type Output = Omit<EncodedFile, 'bytes' | 'etag'>;

const encode = (
  ffmpeg: Ffmpeg,
  plan: LoudnessPlan,
  outputs: readonly Output[],
  { lowered = 0, ...options }: StageOptions & { lowered?: number },
): Promise<MeasuredLoudness> =>
  withSpan('audio.apply_loudness', {}, async (span) => {
    const { measured, gain } = plan;
    const onProgress = progressPart(options, measured.duration, 0, 1);
    try {
      const { words } = await ffmpeg.run(encodeArguments(plan, outputs, lowered), { ...options, onProgress });
      const loudness = gain.limited
        ? { integrated: readIntegrated(words), truePeak: CEILING - lowered }
        : raised(measured, gain.gain - lowered);
      span.setAttributes({
        'audio.loudness.gain': gain.gain - lowered,
        'audio.limited': gain.limited,
        ...(loudness.integrated === null ? {} : { 'audio.loudness.integrated': loudness.integrated }),
        ...(loudness.truePeak === null ? {} : { 'audio.loudness.true_peak': loudness.truePeak }),
      });
      return loudness;
    } catch (error) {
      throw fromFfmpegError(error, 'us');
    }
  });

/** A plain gain moves both by as much; nothing has to be measured. */
const raised = ({ integrated, truePeak }: MeasuredLoudness, gain: number): MeasuredLoudness => ({
  integrated: integrated === null ? null : integrated + gain,
  truePeak: truePeak === null ? null : truePeak + gain,
});

const encodeArguments = (plan: LoudnessPlan, outputs: readonly Output[], lowered: number): string[] => {
  const { source, form, gain } = plan;
  const labels = outputs.map(({ name }) => `[${name}]`).join('');
  const applied = `[0:a:0]${applyLoudness(plan, lowered)},aformat=sample_fmts=fltp,asplit=`;
  const graph = gain.limited
    ? `${applied}${outputs.length + 1}${labels}[copy];[copy]${MEASURE_LOUDNESS},anullsink`
    : `${applied}${outputs.length}${labels}`;
  return [
    ...[...input(source.path, source.format), '-filter_complex', graph],
    ...outputs.flatMap(({ name, path }) => ['-map', `[${name}]`, ...encoder(name, form.channels), `file:${path}`]),
  ];
};

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
