import type { Ffmpeg, RunOptions } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';
import { OVERSAMPLING } from './limiter.ts';

/** dB by which it is made quieter before it is measured in 16 bits, so that peaks over full scale are seen too. */
const ROOM = 12;
/** dBTP; 24 bits of silence, and the one bit of 16 that may come from rounding. */
const SILENCE = -76;

/**
 * Measures the true peak of what goes through it: the largest sample at four times the rate (ITU-R BS.1770-4, annex 2), which
 * is what ebur128 says with `peak=true`, to a tenth of a decibel.
 * @param sampleRate Hz
 */
export const measureTruePeak = (sampleRate: number): string =>
  `volume=-${ROOM}dB:precision=float,aresample=${sampleRate * OVERSAMPLING}:osf=s16,volumedetect`;

/**
 * Reads what those filters wrote, one number each, in their order.
 * @returns dBTP; null for silence
 * @throws Error when not all of them wrote something
 */
export const readTruePeaks = (words: string, count: number): (number | null)[] => {
  const peaks = [...words.matchAll(/Parsed_volumedetect_(\d+)\b.* max_volume: (-?[\d.]+) dB$/gm)]
    .map(([, place, text]) => ({ place: Number(place), peak: Math.round((Number(text) + ROOM) * 10) / 10 }))
    .slice(-count)
    .sort((a, b) => a.place - b.place);
  if (peaks.length !== count) throw new Error('ffmpeg measured no true peak');
  return peaks.map(({ peak }) => (peak > SILENCE ? peak : null));
};

/**
 * The true peaks of what was encoded, decoded again.
 * @returns dBTP of each; null for silence
 * @throws FfmpegError
 */
export const truePeaksOfEncoded = async (
  ffmpeg: Ffmpeg,
  files: readonly { path: string; name: 'aac' | 'mp3' }[],
  sampleRate: number,
  options: RunOptions,
): Promise<(number | null)[]> => {
  const branches = files.map((_, index) => `[${index}:a:0]${measureTruePeak(sampleRate)}[peak${index}]`);
  const { words } = await ffmpeg.run(
    [
      ...files.flatMap(({ path, name }) => input(path, name === 'aac' ? 'm4a' : 'mp3')),
      ...['-filter_complex', branches.join(';')],
      ...files.flatMap((_, index) => ['-map', `[peak${index}]`]),
      ...['-f', 'null', '-'],
    ],
    options,
  );
  return readTruePeaks(words, files.length);
};
