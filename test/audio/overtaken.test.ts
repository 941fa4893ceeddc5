import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attemptUpload } from '../../src/features/audio/attempt.ts';
import { AudioFailure } from '../../src/features/audio/failure.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { attemptContext, upload } from './worker.ts';

let test: TestApp;
let alice: TestUser;
let file: string;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
  file = await makeAudio(temporaryFolder('files'), { kind: 'tone', seconds: 1, format: 'wav' });
});

afterAll(() => test?.close());

it.each([
  ['another attempt has taken over', { leaseId: randomUUID() }],
  ['it is complete all the same', { status: 'complete' as const, result: {} }],
])('an attempt that fails when %s makes no dead letter, and changes nothing', async (_what, meanwhile) => {
  const { jobId, audioId } = await upload(test.ctx, alice.id, file);
  const context = await attemptContext(test);
  const probe = async (): Promise<never> => {
    await test.ctx.db.audioUpload.update({ where: { id: audioId }, data: meanwhile });
    throw new AudioFailure('unreadable', 'broken');
  };
  const ffmpeg = { ...context.ffmpeg, probe };
  const end = await attemptUpload({ ...context, ffmpeg }, jobId, audioId, new AbortController().signal);
  expect(end.outcome).toMatchObject({ status: 'retry', error: { reason: 'worker_lost' } });
  const row = await test.ctx.db.audioUpload.findFirst({ where: { id: audioId } });
  expect(row).toMatchObject({ status: 'processing', failure: null, ...meanwhile });
});
