import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attemptUpload } from '../../src/features/audio/attempt.ts';
import { LeaseLost } from '../../src/features/audio/pipeline/interruption.ts';
import type { AudioResult } from '../../src/features/audio/result.ts';
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
  file = await makeAudio(temporaryFolder('files'), { kind: 'music', seconds: 2, format: 'wav' });
});

afterAll(() => test?.close());

it.each([0, 300, 900])(
  'two workers on one job, %i ms apart: one completes it, the other leaves nothing',
  async (apart) => {
    const { jobId, audioId, postId } = await upload(test.ctx, alice.id, file, { post: true });
    const context = await attemptContext(test);
    const never = new AbortController().signal;
    const first = attemptUpload(context, jobId, audioId, never);
    await sleep(apart);
    const second = attemptUpload(context, jobId, audioId, never);
    const ends = await Promise.all([first, second]);

    const done = ends.filter(({ outcome, attempt }) => outcome.status === 'done' && attempt !== undefined);
    expect(done).toHaveLength(1);
    for (const { error } of ends) if (error !== undefined) expect(error).toBeInstanceOf(LeaseLost);
    const row = await test.ctx.db.audioUpload.findFirst({ where: { id: audioId }, include: { posts: true } });
    expect(row).toMatchObject({ status: 'complete', posts: [{ id: postId, audioStatus: 'ready' }] });
    const stored: string[] = [];
    for await (const { key } of test.ctx.storage.list(`audio/${audioId}/`)) stored.push(key);
    expect(stored).toEqual(
      (row?.result as unknown as AudioResult | undefined)?.renditions.map(({ key }) => key).sort(),
    );
    expect(existsSync(context.workDir) ? readdirSync(context.workDir) : []).toEqual([]);

    // A job that comes once more has nothing to do.
    expect(await attemptUpload(context, jobId, audioId, never)).toMatchObject({ outcome: { status: 'done' } });
  },
);
