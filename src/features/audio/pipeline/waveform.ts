import type { AudioFormat, Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { withSpan } from '../../../telemetry/spans.ts';
import { AnalysisThread } from '../analysis/analysis-thread.ts';
import type { Features } from '../analysis/features.ts';
import { AudioFailure } from '../failure.ts';
import type { Waveform } from '../result.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import { progressPart, type StageOptions } from './stage-options.ts';

/** An encoded file on this disk, as it will be served: `loop.m4a`. */
export interface ServedAudio {
  /** Absolute. */
  path: string;
  format: AudioFormat;
  /** As it was encoded. */
  sampleRate: number;
  channels: number;
  /** Seconds, about; for progress. */
  duration: number;
}

export interface DrawnWaveform {
  /** Pairs of smallest and largest as signed bytes; `waveform` says how to read them. */
  peaks: Uint8Array<ArrayBuffer>;
  waveform: Waveform;
  /** Seconds that were decoded: what a player will play. */
  duration: number;
  features: Features;
}

/**
 * Decodes what will be served, once, and takes everything from it: the peaks of its waveform, and what `fingerprintOf` and
 * `estimate` read from. ffmpeg writes no faster than a thread beside reads, and memory does not grow with the file.
 * @throws AudioFailure; the signal's reason
 */
export const drawWaveform = (ffmpeg: Ffmpeg, audio: ServedAudio, options: StageOptions): Promise<DrawnWaveform> =>
  withSpan(
    'audio.waveform',
    { 'audio.sample_rate': audio.sampleRate, 'audio.channels': audio.channels },
    async (span) => {
      const { signal, timeout } = options;
      signal?.throwIfAborted();
      const thread = new AnalysisThread(audio);
      const onAbort = (): void => thread.fail(signal?.reason);
      // ffmpeg's own limit does not end a wait for the thread.
      const timer = setTimeout(() => thread.fail(new AudioFailure('timeout', 'it took too long')), timeout);
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const onProgress = progressPart(options, audio.duration, 0, 1);
        await ffmpeg.run(decodeArguments(audio), {
          signal,
          timeout,
          onProgress,
          onOutput: (chunk) => thread.write(chunk),
        });
        const { peaks, ...measured } = await thread.finish();
        span.setAttribute('audio.duration', measured.duration);
        return { ...measured, peaks: new Uint8Array(peaks.buffer, peaks.byteOffset, peaks.byteLength) };
      } catch (error) {
        throw fromFfmpegError(error, 'us');
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        await thread.close();
      }
    },
  );

/** Rate and channels are named so that what comes is what the thread expects; ffmpeg converts nothing. */
const decodeArguments = ({ path, format, sampleRate, channels }: ServedAudio): string[] => [
  ...input(path, format),
  ...['-map', '0:a:0', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-c:a', 'pcm_f32le', '-f', 'f32le', 'pipe:1'],
];
