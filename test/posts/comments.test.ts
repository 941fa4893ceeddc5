import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
let alice: TestUser;
let bob: TestUser;
let carol: TestUser;
let postId: string;

beforeAll(async () => {
  app = await startTestApp();
  alice = await app.register('alice');
  bob = await app.register('bob');
  carol = await app.register('carol');
});
afterAll(() => app?.close());

const publish = async (visibility = 'public'): Promise<void> => {
  const { body } = await app.http
    .post('/api/v1/feed/post')
    .set(alice.auth)
    .send({ audio_url: 'https://cdn.example.com/a.mp3', visibility })
    .expect(201);
  postId = body.post_id;
};

const comment = async (author: TestUser, body: string): Promise<{ comment: { id: string }; comment_count: number }> =>
  (await app.http.post(`/api/v1/posts/${postId}/comments`).set(author.auth).send({ body }).expect(201)).body;

const commentCount = async (): Promise<number> =>
  (await app.http.get(`/api/v1/posts/${postId}`).set(alice.auth).expect(200)).body.activity.comment_count;

it('shows a comment with its author', async () => {
  await publish();
  const reply = await comment(bob, '  fat reese!  ');
  expect(reply).toMatchObject({
    comment: {
      post_id: postId,
      user_id: bob.id,
      body: 'fat reese!',
      edited_at: null,
      is_own_comment: true,
      user: { username: 'bob' },
    },
    comment_count: 1,
  });
  const { body } = await app.http.get(`/api/v1/posts/${postId}/comments`).expect(200);
  expect(body).toMatchObject({
    comments: [{ id: reply.comment.id, is_own_comment: false }],
    meta: { count: 1, has_more: false, next_cursor: null },
  });
});

it('pages through all, newest first, each once, while new ones come in', async () => {
  await publish();
  for (let index = 0; index < 7; index += 1) await comment(bob, `comment ${index}`);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const reply = await app.http.get(`/api/v1/posts/${postId}/comments?limit=3${query}`).expect(200);
    const body: { comments: { body: string }[]; meta: { next_cursor: string | null } } = reply.body;
    seen.push(...body.comments.map((one) => one.body));
    cursor = body.meta.next_cursor;
    await comment(carol, 'late');
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `comment ${index}`));
});

it('refuses the cursor of another post', async () => {
  await publish();
  await comment(bob, 'one');
  await comment(bob, 'two');
  const { body } = await app.http.get(`/api/v1/posts/${postId}/comments?limit=1`).expect(200);
  await publish();
  await app.http.get(`/api/v1/posts/${postId}/comments?cursor=${body.meta.next_cursor}`).expect(422);
});

it.each(['', '   ', 'x'.repeat(2001), 'a\u0000b', 7, null])('refuses %j', async (body) => {
  await publish();
  await app.http.post(`/api/v1/posts/${postId}/comments`).set(bob.auth).send({ body }).expect(422);
});

it('can be changed by its author for five minutes', async () => {
  await publish();
  const { comment: own } = await comment(bob, 'frist');
  const path = `/api/v1/comments/${own.id}`;
  await app.http.put(path).set(carol.auth).send({ body: 'mine' }).expect(403);
  await app.http.put(path).set(alice.auth).send({ body: 'mine' }).expect(403);
  const { body } = await app.http.put(path).set(bob.auth).send({ body: 'first' }).expect(200);
  expect(body.comment).toMatchObject({ body: 'first', edited_at: expect.any(String) });
  app.advance(5 * 60_000 + 1000);
  await app.http.put(path).set(bob.auth).send({ body: 'too late' }).expect(403);
  app.advance(-(5 * 60_000 + 1000));
});

it('can be deleted by its author and by that of the post, and is counted down once', async () => {
  await publish();
  const { comment: first } = await comment(bob, 'one');
  const { comment: second } = await comment(bob, 'two');
  await app.http.delete(`/api/v1/comments/${first.id}`).set(carol.auth).expect(403);
  await Promise.all(
    [bob, alice, bob, alice].map((user) => app.http.delete(`/api/v1/comments/${first.id}`).set(user.auth).expect(200)),
  );
  expect(await commentCount()).toBe(1);
  await app.http.put(`/api/v1/comments/${first.id}`).set(bob.auth).send({ body: 'again' }).expect(404);
  await app.http.delete(`/api/v1/comments/${first.id}`).set(carol.auth).expect(404);
  const { body } = await app.http.delete(`/api/v1/comments/${second.id}`).set(alice.auth).expect(200);
  expect(body).toEqual({ status: 'deleted', comment_count: 0 });
});

it('counts right while many write and delete', async () => {
  await publish();
  const written = await Promise.all(Array.from({ length: 40 }, (_, index) => comment(bob, `c${index}`)));
  const deletions = written
    .slice(0, 20)
    .flatMap(({ comment: { id } }) =>
      [bob, alice].map((user) => app.http.delete(`/api/v1/comments/${id}`).set(user.auth).expect(200)),
    );
  await Promise.all([...deletions, ...Array.from({ length: 20 }, (_, index) => comment(carol, `d${index}`))]);
  expect(await commentCount()).toBe(40);
});

it('is hidden with its post', async () => {
  await publish();
  const { comment: own } = await comment(bob, 'hello');
  await app.http.delete(`/api/v1/posts/${postId}`).set(alice.auth).expect(200);
  await app.http.get(`/api/v1/posts/${postId}/comments`).expect(404);
  await app.http.put(`/api/v1/comments/${own.id}`).set(bob.auth).send({ body: 'hallo' }).expect(404);
});
