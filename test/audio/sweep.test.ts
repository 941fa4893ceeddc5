import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareWorkDir, removeDeadWorkFolders } from '../../src/features/audio/pipeline/work-folder.ts';
import type { AudioResult } from '../../src/features/audio/result.ts';
import { sweep } from '../../src/features/audio/sweep.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { startWorker, untilEnded, upload } from './worker.ts';

const HOUR = 3_600_000;

let test: TestApp;
let alice: TestUser;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
});

afterAll(() => test?.close());

const stored = async (): Promise<string[]> => {
  const keys: string[] = [];
  for (const prefix of ['uploads/', 'audio/', 'other/'])
    for await (const { key } of test.ctx.storage.list(prefix)) keys.push(key);
  return keys.sort();
};

const put = (key: string) =>
  test.ctx.storage.put(key, Readable.from([Buffer.from('x')]), { contentType: 'audio/mpeg' });

describe('the sweeper', () => {
  it('removes what no row refers to once it is an hour old, and nothing else', async () => {
    const worker = await startWorker(test);
    const file = await makeAudio(temporaryFolder('files'), { kind: 'chords', seconds: 1, format: 'wav' });
    const [complete, waiting] = [await upload(test.ctx, alice.id, file), await upload(test.ctx, alice.id, file)];
    const row = await untilEnded(test, complete.jobId);
    await untilEnded(test, waiting.jobId);
    await worker.stop();
    const [leaseId, lost] = [v7(), v7()];
    await test.ctx.db.audioUpload.update({
      where: { id: waiting.audioId },
      data: { status: 'processing', leaseId, result: {} },
    });
    const kept = [
      `uploads/${complete.audioId}/source.wav`,
      `uploads/${waiting.audioId}/source.wav`,
      ...(row.result as unknown as AudioResult).renditions.map(({ key }) => key),
      `audio/${waiting.audioId}/${leaseId}/loop.mp3`,
      'other/people/file.mp3',
    ].sort();
    await put(`audio/${waiting.audioId}/${leaseId}/loop.mp3`);
    await put('other/people/file.mp3');
    await put(`uploads/${v7()}/source.mp3`);
    await put(`audio/${complete.audioId}/${lost}/loop.mp3`);
    await put(`audio/${v7()}/${lost}/loop.mp3`);
    const all = await stored();
    const context = { db: test.ctx.db, storage: test.ctx.storage, uploadTimeout: 0 };

    expect(await sweep(context, new Date(Date.now() + HOUR - 60_000))).toBe(0);
    expect(await stored()).toEqual(all);
    const patient = { ...context, uploadTimeout: HOUR };
    expect(await sweep(patient, new Date(Date.now() + HOUR + 60_000))).toBe(0);
    // The renditions of the second upload went out of its row above.
    expect(await sweep(context, new Date(Date.now() + HOUR + 60_000))).toBe(5);
    expect(await stored()).toEqual(kept);
  });

  it('removes the work folders of attempts that are over, and no other', async () => {
    const root = temporaryFolder('work');
    const { audioId, jobId } = await upload(
      test.ctx,
      alice.id,
      await makeAudio(temporaryFolder('f'), {
        kind: 'tone',
        seconds: 1,
        format: 'wav',
      }),
    );
    const leaseId = v7();
    await test.ctx.db.audioUpload.update({ where: { id: audioId }, data: { status: 'processing', leaseId } });
    const mine = `${jobId}-${leaseId}`;
    for (const name of [mine, `${jobId}-${v7()}`, `${v7()}-${v7()}`, 'precious']) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'source'), 'x');
      utimesSync(join(root, name), 0, 0);
    }
    expect(await removeDeadWorkFolders(root, test.ctx.db)).toBe(2);
    expect(readdirSync(root).sort()).toEqual([mine, 'precious'].sort());
    // Its worker was of this machine, and is no more.
    const { hostname } = await import('node:os');
    writeFileSync(join(root, mine, 'owner.json'), JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, birth: '1' }));
    expect(await removeDeadWorkFolders(root, test.ctx.db)).toBe(1);
  });
});

it('a work folder that cannot be written to is said so by its name', async () => {
  const file = join(temporaryFolder('work'), 'file');
  writeFileSync(file, '');
  const folder = join(file, 'work');
  await expect(prepareWorkDir(folder)).rejects.toThrow(`AUDIO_WORK_DIR=${folder}: nothing can be written there`);
});
