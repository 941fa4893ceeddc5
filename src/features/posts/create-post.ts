import { lockOwnUpload, type Upload } from '../../data/repositories/audio-uploads.ts';
import { type InsertedPost, insertPost, type NewPost } from '../../data/repositories/posts.ts';
import { AppError, invalid } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { streamPath, waveformPath } from '../audio/addresses.ts';
import type { AudioResult } from '../audio/result.ts';
import type { Activity } from '../feed/activity.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../feed/invalidation.ts';
import { loadActivities, type PostContext } from './access.ts';

type Said = Pick<NewPost, 'filename' | 'bpm' | 'key' | 'daw' | 'durationBars' | 'genre' | 'visibility'>;

/** A loop to publish, whose audio lies at an address of its own or was uploaded before. */
export type PostDraft = Said & ({ audioUrl: string } | { audioId: string });

/**
 * Publishes a loop. Its author sees it in their own next request for any feed. One whose upload is still being
 * processed is published when that is done, and until then it is shown to nobody else.
 * @throws AppError VALIDATION_ERROR for an `audio_id` that is unknown or whose upload failed; UNAUTHORIZED when the
 * account is gone.
 */
export const createPost = (
  ctx: PostContext,
  viewerId: string,
  draft: PostDraft,
): Promise<{ activity: Activity; createdAt: Date }> =>
  withSpan('posts.create', { 'user.id': viewerId, 'post.visibility': draft.visibility }, async (span) => {
    const post =
      'audioId' in draft
        ? await insertWithUpload(ctx, viewerId, draft.audioId, draft)
        : await insertPost(ctx.db, viewerId, draft);
    if (!post) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    span.setAttributes({ 'post.id': post.id, 'post.listed': post.listed });
    if ('audioId' in draft) span.setAttribute('audio.id', draft.audioId);
    addEvent('post created');
    const [activities] = await Promise.all([
      loadActivities(ctx.db, [post.id], viewerId),
      invalidatePersonalFeeds(ctx.cache, viewerId),
      post.listed ? invalidatePublicFeeds(ctx.cache) : undefined,
    ]);
    const [activity] = activities;
    if (!activity) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    return { activity, createdAt: post.createdAt };
  });

const insertWithUpload = (
  ctx: PostContext,
  viewerId: string,
  audioId: string,
  said: Said,
): Promise<InsertedPost | undefined> =>
  ctx.db.$transaction(async (transaction) => {
    const upload = await lockOwnUpload(transaction, audioId, viewerId);
    if (!upload) throw invalid('audio_id', 'unknown audio');
    if (upload.status === 'failed') throw invalid('audio_id', 'this audio could not be processed');
    return await insertPost(transaction, viewerId, withUpload(said, upload));
  });

/** What the author says now wins over what they said when they uploaded it, and that over what was found in it. */
const withUpload = (said: Said, upload: Upload): NewPost => {
  const result = upload.status === 'complete' ? (upload.result as AudioResult) : undefined;
  return {
    audioUrl: streamPath(upload.id),
    audioId: upload.id,
    waveformUrl: waveformPath(upload.id),
    audioStatus: result === undefined ? 'processing' : 'ready',
    duration: result?.duration,
    filename: said.filename ?? upload.filename,
    bpm: said.bpm ?? upload.bpm ?? result?.tempo?.bpm,
    key: said.key ?? upload.key ?? result?.key?.name,
    daw: said.daw ?? upload.daw ?? undefined,
    durationBars: said.durationBars ?? upload.durationBars ?? undefined,
    genre: said.genre.length > 0 ? said.genre : upload.genre,
    visibility: said.visibility,
  };
};
