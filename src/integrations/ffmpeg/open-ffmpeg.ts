import { basename } from 'node:path';
import type { Span } from '@opentelemetry/api';
import type { Config } from '../../config/index.ts';
import { log } from '../../telemetry/log.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { execute } from './execute.ts';
import { type Ffmpeg, FfmpegError, type RunOptions } from './ffmpeg.ts';
import { type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.ts';
import { lastLines } from './last-words.ts';
import { MAX_BLOCK, probeArguments, readProbe } from './probe-file.ts';
import { readProgress } from './progress.ts';

/** `info` is the level at which filters give their results. Nothing is asked: an output that is there is written anew. */
const ALWAYS = ['-nostdin', '-y', '-hide_banner', '-nostats', '-loglevel', 'info', '-max_alloc', MAX_BLOCK];
const ONE_THREAD = ['-filter_threads', '1', '-filter_complex_threads', '1'];

/** An answer of ffprobe is some hundred bytes; a file with thousands of streams is no audio anyone made. */
const MAX_ANSWER = 1024 * 1024;

/**
 * Finds ffmpeg, as FFMPEG_PATH and the PATH say or as npm has it.
 * @returns undefined when there is none that runs.
 * @throws Error when FFMPEG_PATH names one that does not run.
 */
export const openFfmpeg = async (config: Pick<Config, 'FFMPEG_PATH'>): Promise<Ffmpeg | undefined> => {
  const found = await findFfmpeg(config.FFMPEG_PATH, process.env.PATH ?? '', (reason) =>
    log.warn('an ffmpeg that does not run is left aside', { reason }),
  );
  if (found) log.info('ffmpeg found', { path: found.ffmpeg, ffmpeg_version: found.version, from: found.from });
  return found && useFfmpeg(found);
};

/** ffmpeg as the product uses it, by the programs that were found. */
export const useFfmpeg = (found: FoundFfmpeg): Ffmpeg => ({
  version: found.version,

  run: (args, options) => {
    const { onProgress } = options;
    const progress = onProgress ? ['-progress', 'pipe:3'] : [];
    return inSpan('ffmpeg', found.ffmpeg, (onStart) =>
      execute({
        file: found.ffmpeg,
        args: [...ALWAYS, ...ONE_THREAD, ...progress, ...args],
        options,
        onProgress: onProgress && readProgress(onProgress),
        onStart,
      }),
    );
  },

  probe: async (path, format, { signal, timeout }) => {
    let answer = '';
    const onOutput: RunOptions['onOutput'] = (chunk) => {
      answer += chunk.toString('utf8');
      if (answer.length > MAX_ANSWER)
        throw new FfmpegError('failed', 'ffprobe found more than there can be in audio', '');
    };
    const { words } = await inSpan('ffprobe', found.ffprobe, (onStart) =>
      execute({
        file: found.ffprobe,
        args: probeArguments(path, format),
        options: { signal, timeout, onOutput },
        onStart,
      }),
    );
    try {
      return readProbe(answer);
    } catch (cause) {
      throw new FfmpegError('failed', 'ffprobe gave no answer', lastLines(words), cause);
    }
  },
});

type Start = (onStart: (pid: number) => void) => Promise<{ status: number; words: string }>;

/** A span that tells who ran and how it ended; in the end of a failed one are its last words. */
const inSpan = (name: 'ffmpeg' | 'ffprobe', file: string, start: Start): Promise<{ words: string }> =>
  withSpan(name, { 'process.executable.name': basename(file) }, async (span) => {
    try {
      const { status, words } = await start((pid) => span.setAttribute('process.pid', pid));
      span.setAttribute('process.exit.code', status);
      if (status === 0 && !UNWRITTEN.test(words)) return { words };
      throw failure(name, status, words);
    } catch (error) {
      noteWords(span, error);
      throw error;
    }
  });

const noteWords = (span: Span, error: unknown): void => {
  if (error instanceof FfmpegError && error.words !== '') span.setAttribute('ffmpeg.words', lastLines(error.words));
};

/**
 * ffmpeg ends with 0 when what it could not write was the last of a file, up to 256 kB, which of a loop may be all: it only
 * says so. Titles and comments of a file are indented, unless they are the first line, of which the beginning may be cut off.
 */
const UNWRITTEN = /\n(?:Error writing trailer of|Error closing file) \S.*: \S/;
const FULL = /\n\S.*: (?:No space left on device|Disk quota exceeded|File too large)$/m;

const failure = (name: string, status: number, words: string): FfmpegError => {
  const shown = lastLines(words);
  const last = shown.split('\n').at(-1) ?? '';
  return new FfmpegError(FULL.test(`\n${words}`) ? 'full' : 'failed', `${name} ended with ${status}: ${last}`, shown);
};
