import type { MeasuredLoudness } from './loudness-report.ts';

/**
 * LUFS that is aimed at before encoding. The goal is -14 of what is served, within 1 LU; the encoders take up to 0.1 off, and
 * what overshoots is lowered a little after encoding.
 */
export const TARGET = -13.8;
/** LU that the result may be off before limiting is corrected. */
export const TOLERANCE = 0.4;

/**
 * dBTP that the limiter holds before encoding. What is served must stay under -1 after a decoder has rebuilt it, and on limited
 * music the encoders and the limiter overshoot by 0.5 to 1.5 dB.
 */
export const CEILING = -3.5;

/** dB. What is 44 dB too quiet is noise of a room, and would be all that one hears. */
const MOST_GAIN = 30;
/** dB by which peaks may be held down. More makes a metronome into a buzz, and still not loud. */
const MOST_LIMITING = 12;
/** LU that are lost for each dB by which peaks are held down, on music: a first guess, which spares most corrections. */
const LOSS = 1 / 8;

export interface Gain {
  /** dB */
  gain: number;
  /** Whether true peaks would pass the ceiling. */
  limited: boolean;
}

/**
 * The gain that makes something as loud as the target, within what its peaks and its noise allow. Silence is left alone.
 * @param wanted dB, when another gain than the plain difference is tried
 */
export const chooseGain = ({ integrated, truePeak }: MeasuredLoudness, wanted?: number): Gain => {
  if (truePeak === null) return { gain: 0, limited: false };
  const room = CEILING - truePeak;
  const most = Math.min(MOST_GAIN, room + MOST_LIMITING);
  const plain = integrated === null ? Math.min(0, room) : TARGET - integrated;
  const gain = Math.min(most, wanted ?? plain + LOSS * Math.max(0, plain - room));
  return { gain, limited: gain > room };
};
