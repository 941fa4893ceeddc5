import { isDatabaseUnavailable } from '../../../data/availability.ts';
import { FfmpegError } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { StorageError } from '../../../integrations/storage/storage.ts';
import { AudioFailure } from '../failure.ts';
import { ofFfmpeg } from './ffmpeg-failure.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What any error of a stage is to whoever uploaded the file, and to the metrics. */
export const explain = (error: unknown): AudioFailure => {
  if (error instanceof AudioFailure) return error;
  if (error instanceof FfmpegError) return ofFfmpeg(error, 'us');
  if (error instanceof StorageError) {
    return error.reason === 'full'
      ? new AudioFailure('disk_full', 'there was no room for what is made of it', { cause: error })
      : new AudioFailure('storage', 'the storage could not be used', { cause: error });
  }
  if (NO_ROOM.has(String((error as NodeJS.ErrnoException | undefined)?.code)))
    return new AudioFailure('disk_full', 'there was no room for what is made of it', { cause: error });
  if (isDatabaseUnavailable(error))
    return new AudioFailure('database', 'the database could not be reached', { cause: error });
  return new AudioFailure('internal', 'something went wrong on our side', { cause: error });
};
