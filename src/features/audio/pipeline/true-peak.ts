import type { Ffmpeg, RunOptions } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../../integrations/ffmpeg/input.ts';

/** As ITU-R BS.1770-4, annex 2, measures true peaks: at so many times the rate, by filters of 12 samples or more. */
const OVERSAMPLING = 4;
const FILTER = 16;
/** dB by which it is made quieter before it is measured in 16 bits, so that peaks over full scale are seen too; the meter ends there. */
export const ROOM = 18;
/** dBTP; 24 bits of silence, and the one bit of 16 that may come from rounding. */
const SILENCE = -70;

/**
 * Measures the true peak of what goes through it: the largest sample at four times the rate, which is what ebur128 says with
 * `peak=true`, to a tenth of a decibel.
 * @param sampleRate Hz
 */
export const measureTruePeak = (sampleRate: number): string =>
  `volume=-${ROOM}dB:precision=float,aresample=${sampleRate * OVERSAMPLING}:osf=s16:filter_size=${FILTER},volumedetect`;

/**
 * Reads what that filter wrote.
 * @returns dBTP; null for silence
 * @throws Error when it wrote nothing
 */
export const readTruePeak = (words: string): number | null => {
  const [, text] = [...words.matchAll(/Parsed_volumedetect_\d+\b.* max_volume: (-?[\d.]+) dB$/gm)].at(-1) ?? [];
  if (text === undefined) throw new Error('ffmpeg measured no true peak');
  const peak = Math.round((Number(text) + ROOM) * 10) / 10;
  return peak > SILENCE ? peak : null;
};

/** The true peak of an MP3, decoded. @returns dBTP; null for silence @throws FfmpegError */
export const truePeakOfMp3 = async (
  ffmpeg: Ffmpeg,
  path: string,
  sampleRate: number,
  options: RunOptions,
): Promise<number | null> => {
  const filters = ['-map', '0:a:0', '-af', measureTruePeak(sampleRate)];
  const { words } = await ffmpeg.run([...input(path, 'mp3'), ...filters, '-f', 'null', '-'], options);
  return readTruePeak(words);
};
