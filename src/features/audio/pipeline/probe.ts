import { trace } from '@opentelemetry/api';
import type { AudioFormat, Ffmpeg, Probe } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { AudioFailure } from '../failure.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import type { StageOptions } from './stage-options.ts';

const CHANNELS = 8;
const SAMPLE_RATES = { lowest: 8000, highest: 192_000 };
/** Seconds. Shorter than that is a click, and no loop. */
const SHORTEST = 0.05;

/** Seconds in words: `20 minutes`, `90 seconds`. */
const inWords = (seconds: number): string =>
  seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} minutes` : `${Math.round(seconds * 100) / 100} seconds`;

/**
 * Holds a duration against what is taken: what a container says of itself, and later what was really decoded.
 * @param duration seconds
 * @param maxDuration seconds
 * @throws AudioFailure `too_short` or `too_long`
 */
export const checkDuration = (duration: number, maxDuration: number): void => {
  if (duration < SHORTEST) {
    throw new AudioFailure('too_short', `the audio is shorter than ${inWords(SHORTEST)}`);
  }
  if (duration > maxDuration) {
    throw new AudioFailure('too_long', `the audio is longer than ${inWords(maxDuration)}, the most that is taken`);
  }
};

const check = (probe: Probe, maxDuration: number): void => {
  if (probe.otherStreams.includes('video')) {
    throw new AudioFailure('video', 'the file is a video; upload only its sound');
  }
  if (probe.codec === 'none') throw new AudioFailure('no_audio', 'there is no audio in the file');
  if (probe.channels === 0) throw new AudioFailure('unreadable', 'the file cannot be read as audio');
  if (probe.channels > CHANNELS) {
    throw new AudioFailure('unreadable', `the audio has ${probe.channels} channels; up to ${CHANNELS} are taken`);
  }
  if (probe.sampleRate < SAMPLE_RATES.lowest || probe.sampleRate > SAMPLE_RATES.highest) {
    throw new AudioFailure(
      'unreadable',
      `the audio has a sample rate of ${probe.sampleRate} Hz; 8 to 192 kHz are taken`,
    );
  }
  if (probe.duration !== undefined) checkDuration(probe.duration, maxDuration);
};

/**
 * Finds out what an uploaded file holds, as its container says, which may be wrong, and whether it is audio that is taken.
 * Its findings become attributes of the running span, which is its stage's.
 * @param path absolute
 * @param format as its content says, not its name
 * @param options.maxDuration seconds
 * @throws AudioFailure; the signal's reason
 */
export const probeAudio = async (
  ffmpeg: Ffmpeg,
  path: string,
  format: AudioFormat,
  { maxDuration, ...options }: StageOptions & { maxDuration: number },
): Promise<Probe> => {
  const probe = await ffmpeg.probe(path, format, options).catch((error: unknown) => {
    throw fromFfmpegError(error, 'upload');
  });
  trace.getActiveSpan()?.setAttributes({
    'audio.format': format,
    'audio.codec': probe.codec,
    'audio.channels': probe.channels,
    'audio.sample_rate': probe.sampleRate,
    ...(probe.duration === undefined ? {} : { 'audio.duration': probe.duration }),
  });
  check(probe, maxDuration);
  options.onProgress?.(1);
  return probe;
};
