import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeUpload } from '../../src/data/repositories/audio-completion.ts';
import { insertUpload, lockOwnUpload } from '../../src/data/repositories/audio-uploads.ts';
import { insertPost } from '../../src/data/repositories/posts.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { startWorker, type TestWorker, untilEnded, upload } from './worker.ts';

let test: TestApp;
let worker: TestWorker;
let alice: TestUser;
let bob: TestUser;
let file: string;

beforeAll(async () => {
  test = await startTestApp();
  [alice, bob] = [await test.register('alice'), await test.register('bob')];
  await test.http.post(`/api/v1/users/${alice.id}/follow`).set(bob.auth).expect(200);
  file = await makeAudio(temporaryFolder('files'), { kind: 'music', seconds: 3, format: 'wav', bpm: 120 });
  worker = await startWorker(test);
});

afterAll(async () => {
  await worker?.stop();
  await test?.close();
});

const timeline = async (user: TestUser) => {
  const response = await test.http.get('/api/v1/feed/timeline').set(user.auth).expect(200);
  const ids: string[] = response.body.activities.map(({ id }: { id: string }) => id);
  return { ids, cache: response.headers['x-cache'], activities: response.body.activities };
};

const post = (user: TestUser, body: object) => test.http.post('/api/v1/feed/post').set(user.auth).send(body);

describe('an upload that is to be published', () => {
  it('stands in the cached feeds of its author and of followers as soon as it is ready, with what was found in it', async () => {
    await worker.stop();
    const before = await test.ctx.db.post.count();
    const { jobId, postId, audioId } = await upload(test.ctx, alice.id, file, { post: true, genre: ['techno'] });
    await timeline(bob);
    expect(await timeline(bob)).toMatchObject({ cache: 'HIT', ids: [] });
    expect((await timeline(alice)).ids).toEqual([]);
    await test.http.get(`/api/v1/posts/${postId}`).set(bob.auth).expect(404);
    expect((await test.http.get(`/api/v1/posts/${postId}`).set(alice.auth).expect(200)).body).toBeTruthy();

    const readyAt = Date.now();
    worker = await startWorker(test);
    expect(await untilEnded(test, jobId)).toMatchObject({ status: 'complete' });
    // The row is complete a moment before the feeds know.
    await sleep(100);
    const { ids, activities, cache } = await timeline(bob);
    expect({ ids, cache }).toEqual({ ids: [postId], cache: 'MISS' });
    expect(activities[0]).toMatchObject({
      audio_url: `/api/v1/audio/${audioId}/stream`,
      waveform_url: `/api/v1/audio/${audioId}/waveform.svg`,
      genre: ['techno'],
    });
    expect(activities[0].bpm).toBeCloseTo(120, 0);
    expect(activities[0].duration).toBeCloseTo(3, 1);
    // It was published when it was ready, not when it was sent.
    expect(Date.parse(activities[0].time)).toBeGreaterThanOrEqual(readyAt);
    expect((await timeline(alice)).ids).toEqual([postId]);
    expect(await test.ctx.db.post.count()).toBe(before + 1);
  });
});

describe('a post of an upload', () => {
  it('counts once it is published, and not when it never is', async () => {
    const carol = await test.register('carol_counts');
    const count = async (): Promise<number> =>
      (await test.http.get(`/api/v1/users/${carol.id}/profile`).expect(200)).body.user.post_count;
    const remove = (id: string | undefined) => test.http.delete(`/api/v1/posts/${id}`).set(carol.auth).expect(200);
    await worker.stop();
    const made = await upload(test.ctx, carol.id, file, { post: true });
    const { body } = await post(carol, { audio_id: made.audioId }).expect(201);
    await remove((await post(carol, { audio_id: made.audioId }).expect(201)).body.post_id);
    const broken = await upload(test.ctx, carol.id, file, { post: true, sourceKey: 'uploads/nowhere/source.wav' });
    expect(await count()).toBe(0);
    worker = await startWorker(test);
    expect(await untilEnded(test, made.jobId)).toMatchObject({ status: 'complete' });
    expect(await untilEnded(test, broken.jobId)).toMatchObject({ status: 'failed' });
    expect(await count()).toBe(2);
    await remove(broken.postId);
    expect(await count()).toBe(2);
    await remove(made.postId);
    await remove(body.post_id);
    expect(await count()).toBe(0);
  });

  it('is refused for an upload that is unknown, of another, or failed', async () => {
    const { audioId, jobId } = await upload(test.ctx, alice.id, file);
    await untilEnded(test, jobId);
    for (const [user, id] of [
      [alice, v7()],
      [bob, audioId],
    ] as const)
      expect((await post(user, { audio_id: id }).expect(422)).body).toMatchObject({
        field: 'audio_id',
        message: 'unknown audio',
      });
    await test.ctx.db.audioUpload.update({ where: { id: audioId }, data: { status: 'failed' } });
    expect((await post(alice, { audio_id: audioId }).expect(422)).body.message).toBe(
      'this audio could not be processed',
    );
  });

  it('is public at once when the upload is complete; what its author says wins over what was found', async () => {
    const { audioId, jobId } = await upload(test.ctx, alice.id, file, { key: 'Am', daw: 'Bitwig' });
    await untilEnded(test, jobId);
    const { activity } = (await post(alice, { audio_id: audioId, bpm: 90 }).expect(201)).body;
    expect(activity).toMatchObject({ bpm: 90, key: 'Am', daw: 'Bitwig' });
    expect(activity.duration).toBeCloseTo(3, 1);
    await test.http.get(`/api/v1/posts/${activity.id}`).expect(200);
  });

  it('is neither lost nor early, whenever it comes while its upload is being completed', async () => {
    const uploads = await Promise.all(Array.from({ length: 3 }, () => upload(test.ctx, alice.id, file)));
    const posts: string[] = [];
    const ended = Promise.all(uploads.map(({ jobId }) => untilEnded(test, jobId)));
    let done = false;
    void ended.finally(() => {
      done = true;
    });
    while (!done) {
      for (const { audioId } of uploads)
        posts.push((await post(alice, { audio_id: audioId }).expect(201)).body.post_id);
      await sleep(40);
    }
    await ended;
    const rows = await test.ctx.db.post.findMany({ where: { id: { in: posts } } });
    expect(rows.map(({ audioStatus, listed }) => ({ audioStatus, listed }))).toEqual(
      posts.map(() => ({ audioStatus: 'ready', listed: true })),
    );
    expect(posts.length).toBeGreaterThan(10);
  });
});

describe('the completion of an upload', () => {
  it('waits for a post of it that is being written, and publishes that one too', async () => {
    const [id, leaseId] = [v7(), v7()];
    const { db } = test.ctx;
    const sha256 = Buffer.alloc(32);
    const named = { filename: 'loop.wav', format: 'wav', bytes: 1, sha256, sourceKey: 'uploads/x', genre: [] };
    await insertUpload(db, alice.id, { ...named, id, jobId: v7() });
    await db.audioUpload.update({ where: { id }, data: { status: 'processing', leaseId } });
    const posting = db.$transaction(async (transaction) => {
      expect(await lockOwnUpload(transaction, id, alice.id)).toMatchObject({ status: 'processing' });
      await sleep(500);
      const audio = { audioUrl: '/loop', audioId: id, audioStatus: 'processing' } as const;
      return insertPost(transaction, alice.id, { ...audio, genre: [], visibility: 'public' });
    });
    await sleep(150);
    const made = { result: {}, peaks: new Uint8Array(), fingerprint: [], duration: 1, bpm: undefined, key: undefined };
    const completing = db.$transaction((transaction) => completeUpload(transaction, { audioId: id, leaseId }, made));
    const [post, published] = await Promise.all([posting, completing]);
    expect(published?.posts).toEqual([{ id: post?.id, listed: true }]);
    expect(await db.post.findFirst({ where: { id: post?.id ?? '' } })).toMatchObject({ audioStatus: 'ready' });
    // Whoever was not told that it had gone through asks again, and hears the same; another attempt hears that it lost.
    const again = (lease: string) =>
      db.$transaction((transaction) => completeUpload(transaction, { audioId: id, leaseId: lease }, made));
    expect(await again(leaseId)).toEqual(published);
    expect(await again(v7())).toBeUndefined();
  });
});

describe('the count of posts', () => {
  it('is right though somebody else changes it while an upload is completed', async () => {
    const { db } = test.ctx;
    const dave = await test.register('dave_counts');
    const [id, leaseId] = [v7(), v7()];
    const named = {
      filename: 'loop.wav',
      format: 'wav',
      bytes: 1,
      sha256: Buffer.alloc(32),
      sourceKey: 'x',
      genre: [],
    };
    await insertUpload(db, dave.id, { ...named, id, jobId: v7() });
    await db.audioUpload.update({ where: { id }, data: { status: 'processing', leaseId } });
    const audio = { audioUrl: '/loop', genre: [], visibility: 'public' } as const;
    for (let i = 0; i < 2; i += 1) await insertPost(db, dave.id, { ...audio, audioId: id, audioStatus: 'processing' });
    const posting = db.$transaction(async (transaction) => {
      await insertPost(transaction, dave.id, audio);
      await sleep(400);
    });
    await sleep(100);
    const made = { result: {}, peaks: new Uint8Array(), fingerprint: [], duration: 1, bpm: undefined, key: undefined };
    const completing = db.$transaction((transaction) => completeUpload(transaction, { audioId: id, leaseId }, made));
    await Promise.all([posting, completing]);
    expect(await db.user.findFirst({ where: { id: dave.id } })).toMatchObject({ postCount: 3 });
  });
});

describe('a second upload of the same sound', () => {
  it('knows the first, of its own user or of a public post, and nobody else’s', async () => {
    const other = await makeAudio(temporaryFolder('more'), { kind: 'music', seconds: 6, format: 'wav', bpm: 97 });
    const again = await makeAudio(temporaryFolder('more'), { kind: 'music', seconds: 6, format: 'mp3', bpm: 97 });
    const duplicateOf = async (user: TestUser, path: string): Promise<{ id: string; found: unknown }> => {
      const { jobId, audioId } = await upload(test.ctx, user.id, path);
      const { result } = await untilEnded(test, jobId);
      return { id: audioId, found: (result as { duplicateOf: unknown }).duplicateOf };
    };
    const first = await duplicateOf(alice, other);
    expect(first.found).toBeNull();
    expect((await duplicateOf(bob, again)).found).toBeNull();
    await post(alice, { audio_id: first.id }).expect(201);
    const carol = await test.register('carol');
    expect((await duplicateOf(carol, again)).found).toBe(first.id);
    expect((await duplicateOf(alice, again)).found).toBe(first.id);
  });
});
