import { rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { trace } from '@opentelemetry/api';
import type { AudioFormat, Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { analyseSamples } from '../analysis/analysis-thread.ts';
import type { Features } from '../analysis/features.ts';
import { AudioFailure } from '../failure.ts';
import type { Waveform } from '../result.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import { progressPart, type StageOptions } from './stage-options.ts';
import { measureTruePeak, readTruePeak } from './true-peak.ts';

/** Share of the time that decoding takes. */
const DECODING = 0.5;
/** ffmpeg's name of the samples that this machine reads. */
const FLOATS = endianness() === 'LE' ? 'pcm_f32le' : 'pcm_f32be';

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
  /** dBTP; null for silence. */
  truePeak: number | null;
  features: Features;
}

/**
 * Decodes what will be served, once, and takes everything from it: the peaks of its waveform, its true peak, and what
 * fingerprint, tempo and key are told from. The samples go through a file beside it, which is gone in the end: that
 * costs 0.6 ms of CPU for a second of audio less than a pipe, and memory does not grow with the file either.
 * @throws AudioFailure; the signal's reason
 */
export const drawWaveform = async (
  ffmpeg: Ffmpeg,
  audio: ServedAudio,
  options: StageOptions,
): Promise<DrawnWaveform> => {
  const { timeout } = options;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new AudioFailure('timeout', 'it took too long')), timeout);
  const signal = options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal;
  const { sampleRate, channels } = audio;
  const samples = { path: `${audio.path}.f32`, sampleRate, channels };
  try {
    const onProgress = progressPart(options, audio.duration, 0, DECODING);
    const { words } = await ffmpeg.run(decodeArguments(audio, samples.path), { signal, timeout, onProgress });
    const { peaks, ...measured } = await analyseSamples(samples, signal);
    const truePeak = readTruePeak(words);
    trace.getActiveSpan()?.setAttributes({
      'audio.sample_rate': sampleRate,
      'audio.channels': channels,
      'audio.duration': measured.duration,
      ...(truePeak === null ? {} : { 'audio.loudness.true_peak': truePeak }),
    });
    options.onProgress?.(1);
    return { ...measured, truePeak, peaks: new Uint8Array(peaks.buffer, peaks.byteOffset, peaks.byteLength) };
  } catch (error) {
    throw fromFfmpegError(error, 'us');
  } finally {
    clearTimeout(timer);
    await rm(samples.path, { force: true });
  }
};

/** Rate and channels are named so that what comes is what the analysis expects; ffmpeg converts nothing. */
const decodeArguments = ({ path, format, sampleRate, channels }: ServedAudio, to: string): string[] => [
  ...input(path, format),
  ...['-filter_complex', `[0:a:0]asplit[out][copy];[copy]${measureTruePeak(sampleRate)},anullsink`, '-map', '[out]'],
  ...['-ar', `${sampleRate}`, '-ac', `${channels}`, '-c:a', FLOATS, '-f', FLOATS.slice(4), `file:${to}`],
];
