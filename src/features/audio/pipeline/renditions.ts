import type { Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { fromFfmpegError } from './ffmpeg-failure.ts';
import type { LoudnessPlan } from './loudness.ts';
import type { RunStage, StageRun } from './stage.ts';
import { type EncodedFile, type Transcoded, transcode } from './transcode.ts';
import { truePeakOfMp3 } from './true-peak.ts';
import { type DrawnWaveform, drawWaveform } from './waveform.ts';

/** dBTP that what is served must not pass; a tenth under what was promised, for the rounding of whoever measures. */
const HIGHEST = -1.1;
/** dB by which a correction goes further than it must, since the encoder will not err in the very same way. */
const MARGIN = 0.2;
const CORRECTIONS = 3;
/**
 * dBTP of the AAC file up to which the MP3 is not decoded as well. What goes into the encoders is at -3.5 at most; over drums,
 * chords, noise, clicks and sweeps AAC made it up to 1.6 dB higher and LAME up to 1.1, on what was limited 1.5 and 0.9.
 */
const WELL_BELOW = -1.5;

export interface Renditions extends Transcoded {
  /** Of the AAC file, which is what most clients play. */
  drawn: DrawnWaveform;
  /** dBTP of what was decoded: the AAC file, and where that is loud the MP3 too; null for silence. */
  truePeak: number | null;
}

/**
 * The stages `transcode` and `waveform`: encodes a source, and decodes what came out, for its waveform and its true peak, since
 * encoders overshoot. Where that passes -1 dBTP, both stages run again, with everything quieter by as much.
 * @param folder where the files are put
 * @throws StageFailure; the reason of an interruption
 */
export const makeRenditions = async (
  ffmpeg: Ffmpeg,
  plan: LoudnessPlan,
  folder: string,
  stage: RunStage,
): Promise<Renditions> => {
  let lowered = 0;
  let wanted = plan;
  for (let correction = 0; ; correction += 1) {
    const made = await stage('transcode', (run) => transcode(ffmpeg, wanted, folder, { ...run, lowered }));
    const { drawn, truePeak } = await stage('waveform', (run) => decode(ffmpeg, made, run));
    if (truePeak === null || truePeak <= HIGHEST || correction === CORRECTIONS) return { ...made, drawn, truePeak };
    wanted = made.plan;
    lowered += truePeak - HIGHEST + MARGIN;
  }
};

const decode = async (
  ffmpeg: Ffmpeg,
  { files, plan }: Transcoded,
  run: StageRun,
): Promise<Pick<Renditions, 'drawn' | 'truePeak'>> => {
  const { form, measured } = plan;
  const aac = { ...form, duration: measured.duration, path: pathOf(files, 'aac'), format: 'm4a' } as const;
  const drawn = await drawWaveform(ffmpeg, aac, run);
  if (drawn.truePeak === null || drawn.truePeak <= WELL_BELOW) return { drawn, truePeak: drawn.truePeak };
  const other = await truePeakOfMp3(ffmpeg, pathOf(files, 'mp3'), form.sampleRate, {
    signal: run.signal,
    timeout: run.timeout,
  }).catch((error: unknown) => {
    throw fromFfmpegError(error, 'us');
  });
  return { drawn, truePeak: Math.max(drawn.truePeak, other ?? drawn.truePeak) };
};

const pathOf = (files: readonly EncodedFile[], wanted: EncodedFile['name']): string => {
  const file = files.find(({ name }) => name === wanted);
  if (!file) throw new Error(`there is no ${wanted} rendition`);
  return file.path;
};
