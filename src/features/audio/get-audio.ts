import type { Database } from '../../data/database.ts';
import { findVisibleUpload, type Upload } from '../../data/repositories/audio-uploads.ts';
import { AppError, notFound } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';

/** Seconds after which asking for an upload that is being processed makes sense again. */
const RETRY_AFTER = 2;

/**
 * An upload that can be played: one's own, or one that a post shows which the viewer may see.
 * @throws AppError NOT_FOUND where there is none for this viewer; CONFLICT for its owner while it is not ready.
 */
export const requirePlayable = async (db: Database, id: string, viewerId: string | undefined): Promise<Upload> => {
  const upload = await findVisibleUpload(db, id, viewerId);
  if (!upload) throw notFound('audio');
  if (upload.status === 'complete') return upload;
  if (upload.userId !== viewerId) throw notFound('audio');
  if (upload.status === 'failed') throw new AppError('CONFLICT', 'this upload could not be processed');
  throw new AppError('CONFLICT', 'this upload is still being processed', { retryAfter: RETRY_AFTER });
};

/** What is known of an upload. @throws AppError as `requirePlayable` */
export const getAudio = (ctx: { db: Database }, viewerId: string | undefined, id: string): Promise<Upload> =>
  withSpan('audio.get', { 'audio.id': id }, () => requirePlayable(ctx.db, id, viewerId));
