import { FfmpegError } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { AudioFailure } from '../failure.ts';

/** Whose fault it is when ffmpeg itself says no: the upload's as long as it is being read for the first time, later ours. */
type Suspect = 'upload' | 'us';

/** `ofFfmpeg` for any error: others, such as the reason of an abort, stay what they are. */
export const fromFfmpegError = (error: unknown, suspect: Suspect): unknown =>
  error instanceof FfmpegError ? ofFfmpeg(error, suspect) : error;

/** The failure that an error of ffmpeg means. The message is for whoever uploaded the file; what ffmpeg said stands beside it. */
export const ofFfmpeg = (error: FfmpegError, suspect: Suspect): AudioFailure => {
  const details = { words: error.words === '' ? error.message : error.words, cause: error };
  switch (error.reason) {
    case 'full':
      return new AudioFailure('disk_full', 'there was no room for what is made of it', details);
    case 'timeout':
      return new AudioFailure('timeout', 'it took too long', details);
    case 'lost':
      return new AudioFailure('ffmpeg', 'the conversion was interrupted', details);
    case 'failed':
      return suspect === 'upload'
        ? new AudioFailure('unreadable', 'the file cannot be read: it is damaged, or not what its name says', details)
        : new AudioFailure('ffmpeg', 'the audio could not be converted', details);
  }
};
