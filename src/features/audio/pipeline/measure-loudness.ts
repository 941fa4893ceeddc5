import type { Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { withSpan } from '../../../telemetry/spans.ts';
import { AudioFailure } from '../failure.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import { MEASURE_LOUDNESS, type MeasuredLoudness, readIntegrated } from './loudness-report.ts';
import { checkDuration } from './probe.ts';
import { type ServedForm, type Source, toServedForm } from './served-form.ts';
import { progressPart, runsOf, type StageOptions } from './stage-options.ts';
import { measureTruePeak, ROOM, readTruePeak } from './true-peak.ts';
import { shareOfWav } from './wav-data.ts';

export interface MeasuredSource extends MeasuredLoudness {
  /** Seconds that were decoded, padding left out: the truth, where a container may say anything. */
  duration: number;
}

/** Seconds. A block of EBU R128 is as long; what is shorter has a loudness only as it is played: in a loop. */
export const BLOCK = 0.4;
/** Only floating point can hold them, and the encoders fail on both. A broken frame of a lossy file peaks too, for a moment. */
const BEYOND = 'the audio has samples far beyond full scale, or that are no numbers';
/** Seconds of the loop that is then measured. */
const LOOPED = 3;

/** Containers that say exactly how long their audio is. Of mp3 it is an estimate, of Ogg what is there. */
const EXACT = new Set(['wav', 'aiff', 'flac', 'm4a']);
/** Share of what a container promises that must be there. */
const WHOLE = 0.98;

/** Containers that say where the padding of their last packet begins, which not every version of ffmpeg heeds. */
const PADDED = new Set(['m4a', 'ogg']);
/** Seconds. A packet is never longer; what is longer is no padding. */
const PADDING = 0.25;

const withoutPadding = ({ format, probe }: Source, decoded: number): number =>
  PADDED.has(format) && probe.duration !== undefined && decoded > probe.duration && decoded < probe.duration + PADDING
    ? probe.duration
    : decoded;

/**
 * The first pass: decodes all of a source once, in the form in which it will be served, and measures it. (Of 5.1 that is the
 * loudness of its downmix, which is what the gain will be applied to.)
 *
 * A damaged file is taken for what can be heard of it, as any player does it: ffmpeg skips what it cannot decode. But when the
 * container says exactly how much there should be and more than 2 % are missing, the upload was cut or broken on its way, and
 * who made it would not want the rest published as their loop: `unreadable`.
 * @param options.maxDuration seconds
 * @throws AudioFailure; the signal's reason
 */
export const measureLoudness = (
  ffmpeg: Ffmpeg,
  source: Source,
  form: ServedForm,
  { maxDuration, ...options }: StageOptions & { maxDuration: number },
): Promise<MeasuredSource> =>
  withSpan('audio.measure_loudness', {}, async (span) => {
    const nextRun = runsOf(options);
    const tell = progressPart(options, source.probe.duration, 0, 1);
    const filters = toServedForm(source, form, maxDuration + 1);
    let duration = 0;
    const run = async (prepare: string): Promise<MeasuredLoudness> => {
      const graph = [
        `[0:a:0]${prepare},asplit[all][copy]`,
        `[all]${MEASURE_LOUDNESS}[measured]`,
        `[copy]${measureTruePeak(form.sampleRate)},anullsink`,
      ].join(';');
      const { words } = await ffmpeg.run(
        [...input(source.path, source.format), '-filter_complex', graph, '-map', '[measured]', '-f', 'null', '-'],
        {
          ...nextRun(),
          onProgress: (seconds) => {
            duration = seconds;
            tell?.(seconds);
          },
        },
      );
      if (duration === 0) throw new AudioFailure('unreadable', 'nothing in the file can be decoded', { words });
      // The filters say nothing of a few samples.
      checkDuration(duration, maxDuration);
      const truePeak = readTruePeak(words);
      if (truePeak !== null && truePeak >= ROOM && source.probe.codec.startsWith('pcm_f'))
        throw new AudioFailure('unreadable', BEYOND);
      return { integrated: readIntegrated(words), truePeak };
    };
    try {
      const measured = await run(filters);
      await check(source, duration, maxDuration);
      const result = { ...measured, duration: withoutPadding(source, duration) };
      if (duration < BLOCK && measured.truePeak !== null) {
        const size = Math.round(duration * form.sampleRate);
        const looped = await run(`${filters},aloop=loop=${Math.ceil(LOOPED / duration)}:size=${size}`);
        result.integrated = looped.integrated;
      }
      span.setAttributes({
        'audio.duration': result.duration,
        ...(result.integrated === null ? {} : { 'audio.loudness.integrated': result.integrated }),
        ...(result.truePeak === null ? {} : { 'audio.loudness.true_peak': result.truePeak }),
      });
      return result;
    } catch (error) {
      throw fromFfmpegError(error, 'upload');
    }
  });

const check = async ({ path, format, probe }: Source, duration: number, maxDuration: number): Promise<void> => {
  checkDuration(duration, maxDuration);
  if (!EXACT.has(format) || probe.duration === undefined) return;
  const promised = format === 'wav' ? probe.duration / (await shareOfWav(path)) : probe.duration;
  if (duration >= promised * WHOLE) return;
  const [there, wanted] = [duration, promised].map((seconds) => seconds.toFixed(1));
  throw new AudioFailure('unreadable', `the file is damaged or cut: of ${wanted} seconds only ${there} are there`);
};
