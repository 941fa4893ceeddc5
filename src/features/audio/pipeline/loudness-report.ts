import { BANDWIDTH } from './served-form.ts';

/** EBU R128 of some audio. */
export interface MeasuredLoudness {
  /** LUFS; null where nothing is louder than the absolute gate, -70 LUFS. */
  integrated: number | null;
  /** dBTP; null for digital silence. */
  truePeak: number | null;
}

/**
 * Measures the loudness of what goes through it, without what the encoders leave out: that is nothing of music, but more than
 * 1 LU of white noise. It tells of each frame at a level that is not shown. Not with `peak=true`: that
 * takes three times as long as the filters of ./true-peak.ts.
 */
export const MEASURE_LOUDNESS = `lowpass=f=${BANDWIDTH},ebur128=framelog=verbose`;

const GATE = -70;

/**
 * Reads the summary that the filter writes at its end; what else a file may have made ffmpeg write comes before it.
 * @returns LUFS; null where nothing is louder than the absolute gate
 * @throws Error when there is none
 */
export const readIntegrated = (words: string): number | null => {
  const text = [...words.matchAll(/^\s*I:\s+(-?[\d.]+|-inf) LUFS$/gm)].at(-1)?.[1];
  if (text === undefined) throw new Error('ffmpeg measured no loudness');
  const integrated = text === '-inf' ? GATE : Number(text);
  return integrated > GATE ? integrated : null;
};
