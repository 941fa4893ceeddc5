import { context, propagation } from '@opentelemetry/api';
import { v7 } from 'uuid';
import { type Database, PATIENT } from '../../data/database.ts';
import type { AudioJob, AudioQueue } from '../../data/jobs.ts';
import type { Prisma } from '../../data/prisma/client.ts';
import { insertUpload, type NewUpload } from '../../data/repositories/audio-uploads.ts';
import { insertPost, type NewPost } from '../../data/repositories/posts.ts';
import { AppError } from '../../errors.ts';
import { recordUpload } from '../../telemetry/metrics/audio.ts';
import { currentScope } from '../../telemetry/scope.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { keepTrace } from '../../telemetry/tracing/keep-trace.ts';
import { streamPath, waveformPath } from './addresses.ts';

export interface CreateUploadContext {
  db: Database;
  jobs: AudioQueue;
}

/** A file that lies in the storage, and what its uploader said about it. */
export interface UploadDraft extends Omit<NewUpload, 'id' | 'jobId'> {
  audioId: string;
  /** Whether to publish it when it is ready, and to whom. */
  post: boolean;
  visibility: NewPost['visibility'];
}

export interface CreatedUpload {
  audioId: string;
  jobId: string;
  postId: string | undefined;
}

/**
 * Takes a received file on: its row, its job and, when it is to be published, its post come into being together or not
 * at all. The job carries the trace on. No cache is told: feeds show the post when it is ready.
 * @throws AppError UNAUTHORIZED when the account is gone.
 */
export const createUpload = (ctx: CreateUploadContext, viewerId: string, draft: UploadDraft): Promise<CreatedUpload> =>
  withSpan(
    'audio.upload',
    { 'user.id': viewerId, 'audio.id': draft.audioId, 'audio.format': draft.format, 'audio.bytes': draft.bytes },
    async (span) => {
      const jobId = v7();
      const job = jobOf(draft.audioId, viewerId);
      const created = await ctx.db.$transaction(
        (transaction) => store(transaction, ctx.jobs, viewerId, draft, jobId, job),
        PATIENT,
      );
      if (!created) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
      if (created.postId !== undefined) span.setAttribute('post.id', created.postId);
      addEvent('audio uploaded');
      recordUpload(draft.format, 'accepted');
      return { audioId: draft.audioId, jobId, postId: created.postId };
    },
  );

const store = async (
  transaction: Prisma.TransactionClient,
  jobs: AudioQueue,
  viewerId: string,
  draft: UploadDraft,
  jobId: string,
  job: AudioJob,
): Promise<{ postId: string | undefined } | undefined> => {
  const { audioId, post, visibility, ...said } = draft;
  if (!(await insertUpload(transaction, viewerId, { ...said, id: audioId, jobId }))) return undefined;
  const waiting = {
    audioUrl: streamPath(audioId),
    waveformUrl: waveformPath(audioId),
    audioStatus: 'processing',
  } as const;
  const posted = post
    ? await insertPost(transaction, viewerId, { ...said, ...waiting, audioId, visibility })
    : undefined;
  await jobs.enqueue(transaction, jobId, job);
  return { postId: posted?.id };
};

/** The job, with the running span as what caused it: that trace is kept, since nobody knows yet how the job will end. */
const jobOf = (audioId: string, userId: string): AudioJob => {
  keepTrace();
  const carrier: { traceparent?: string; tracestate?: string } = {};
  propagation.inject(context.active(), carrier);
  // Not whatever else a caller wanted handed on: a job may be kept for years.
  const { traceparent, tracestate } = carrier;
  return { audioId, userId, requestId: currentScope()?.requestId, traceparent, tracestate };
};
