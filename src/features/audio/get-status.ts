import type { Database } from '../../data/database.ts';
import { findUploadByJob } from '../../data/repositories/audio-uploads.ts';
import { notFound } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { type StatusView, statusView } from './upload-view.ts';

/** Where an upload stands. @throws AppError NOT_FOUND also for the upload of somebody else. */
export const getStatus = (ctx: { db: Database }, viewerId: string, jobId: string): Promise<StatusView> =>
  withSpan('audio.get_status', { 'messaging.message.id': jobId }, async (span) => {
    const upload = await findUploadByJob(ctx.db, jobId);
    if (!upload || upload.userId !== viewerId) throw notFound('upload');
    span.setAttribute('audio.id', upload.id);
    return statusView(upload);
  });
