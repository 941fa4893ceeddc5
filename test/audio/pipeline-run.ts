import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { planLoudness } from '../../src/features/audio/pipeline/loudness.ts';
import { probeAudio } from '../../src/features/audio/pipeline/probe.ts';
import { makeRenditions } from '../../src/features/audio/pipeline/renditions.ts';
import type { StageRun } from '../../src/features/audio/pipeline/stage.ts';
import type { AudioFormat, Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { findFfmpeg } from '../../src/integrations/ffmpeg/find-ffmpeg.ts';
import { useFfmpeg } from '../../src/integrations/ffmpeg/open-ffmpeg.ts';
import { ffmpegSays } from './files.ts';

/** The ffmpeg of this machine, and the one from npm, where they are. */
export const installedFfmpegs = async (): Promise<Record<'PATH' | 'npm', Ffmpeg | undefined>> => {
  const [first, second] = await Promise.all([findFfmpeg(undefined, process.env.PATH ?? ''), findFfmpeg(undefined, '')]);
  return { PATH: first?.from === 'PATH' ? useFfmpeg(first) : undefined, npm: second && useFfmpeg(second) };
};

export const LIMITS = { timeout: 60_000, maxDuration: 1200 };

/** From probe to waveform of one file, in a new folder inside `folder`. */
export const runPipeline = async (
  ffmpeg: Ffmpeg,
  path: string,
  folder: string,
  limits: Partial<typeof LIMITS> & Pick<Partial<StageRun>, 'signal' | 'onProgress'> = {},
) => {
  const format = path.slice(path.lastIndexOf('.') + 1) as AudioFormat;
  const work = await mkdtemp(join(folder, 'work-'));
  const options = { ...LIMITS, ...limits };
  const probe = await probeAudio(ffmpeg, path, format, options);
  const plan = await planLoudness(ffmpeg, { path, format, probe }, options);
  const stages: string[] = [];
  const made = await makeRenditions(ffmpeg, plan, work, (stage, run) => {
    stages.push(stage);
    const never = new AbortController().signal;
    return run({ signal: never, onProgress: () => {}, ...options, span: trace.wrapSpanContext(INVALID_SPAN_CONTEXT) });
  });
  return { ...made, probe, plan: made.plan, stages, work };
};

const lastNumber = (words: string, pattern: RegExp): number => {
  const text = [...words.matchAll(pattern)].at(-1)?.[1] ?? 'nothing';
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
};

/** What a served file is, by an ffmpeg that knows nothing of the product: LUFS, dBTP, and seconds that a player shows and plays. */
export const measure = async (
  path: string,
): Promise<{ integrated: number; truePeak: number; shown: number; played: number }> => {
  const words = await ffmpegSays([
    '-nostats',
    '-i',
    path,
    '-af',
    'ebur128=peak=true:framelog=verbose',
    '-f',
    'null',
    '-',
  ]);
  const clock = (pattern: RegExp): number => {
    const [, hours, minutes, seconds] = [...words.matchAll(pattern)].at(-1) ?? [];
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  };
  return {
    integrated: lastNumber(words, /I:\s+(\S+) LUFS/g),
    truePeak: lastNumber(words, /Peak:\s+(\S+) dBFS/g),
    shown: clock(/Duration: (\d+):(\d+):([\d.]+)/g),
    played: clock(/time=(\d+):(\d+):([\d.]+)/g),
  };
};
