import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { Feed } from '../../src/http/schemas/activity.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { addFollow, addPost } from './world.ts';

let app: TestApp;
let viewer: TestUser;
let friend: TestUser;
beforeAll(async () => {
  app = await startTestApp();
  viewer = await app.register('viewer');
  friend = await app.register('friend');
  await addFollow(app.ctx.db, viewer.id, friend.id);
  for (let i = 0; i < 30; i += 1) await addPost(app.ctx.db, friend.id, { bpm: 120, key: 'Am', genre: ['House'] });
  await refreshTrending(app.ctx.db, new Date());
});
afterAll(() => app.close());

const FEEDS = ['unified', 'timeline', 'global', 'trending'] as const;

describe.each(FEEDS)('GET /api/v1/feed/%s', (feed) => {
  const path = `/api/v1/feed/${feed}`;
  const get = (query: string) => app.http.get(`${path}${query}`).set(viewer.auth);

  it('answers in the shape that the document promises', async () => {
    const { body } = await get('?limit=3').expect(200).expect('content-type', 'application/json; charset=utf-8');
    expect(Feed.parse(body)).toEqual(body);
    expect(body.meta).toMatchObject({ limit: 3, count: 3, has_more: true });
    expect(body.activities[0]).toMatchObject({ user_id: friend.id, is_following: true, is_own_post: false });
  });

  it('says what HTTP caches may do, and answers 304 to who has it', async () => {
    const first = await get('?limit=4').expect(200).expect('x-cache', 'MISS');
    expect(first.headers['cache-control']).toBe('private, max-age=0');
    const second = await get('?limit=4').expect(200).expect('x-cache', 'HIT');
    expect(second.text).toBe(first.text);
    const { etag = '' } = second.headers;
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await get('?limit=4').set('if-none-match', tags).expect(304).expect('etag', etag);
      expect(same.text).toBe('');
    }
    await get('?limit=4').set('if-none-match', '"other"').expect(200);
    await get('?limit=4').set('cache-control', 'no-cache').expect(200).expect('x-cache', 'BYPASS');
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['limit[]=5', 'limit[]'],
    ['offset=-1', 'offset'],
    ['offset=1001', 'offset'],
    ['bpm_min=abc', 'bpm_min'],
    ['bpm_min=130&bpm_max=120', 'bpm_min'],
    ['bpm_max=1e99', 'bpm_max'],
    ['genre=', 'genre'],
    ['key=H minor', 'key'],
    ['genre=a%00b', 'genre'],
    [`daw=${'x'.repeat(65)}`, 'daw'],
    ['cursor=AAAA', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${'A'.repeat(7000)}`, 'cursor'],
    ['nonsense=1', 'nonsense'],
  ])('refuses ?%s', async (query, field) => {
    const { body } = await get(`?${query}`).expect(422);
    expect(body).toMatchObject({ code: 'VALIDATION_ERROR', field });
  });

  it('refuses a cursor together with an offset, of another feed, or for other filters', async () => {
    const cursor = (await get('?limit=2')).body.meta.next_cursor;
    await get(`?limit=2&cursor=${cursor}`).expect(200);
    await get(`?limit=2&cursor=${cursor}&offset=1`).expect(422);
    await get(`?limit=2&cursor=${cursor}&genre=House`).expect(422);
    const other = FEEDS[(FEEDS.indexOf(feed) + 1) % FEEDS.length];
    await app.http.get(`/api/v1/feed/${other}?cursor=${cursor}`).set(viewer.auth).expect(422);
    await app.http.get(`${path}?cursor=${cursor}`).set(friend.auth).expect(422);
  });
});

describe('the filters', () => {
  it('find a genre and a DAW in any case, and a key in any spelling', async () => {
    const loop = { audio_url: 'https://cdn.example.com/flat.mp3', genre: ['Lo-Fi'], key: 'C#m', daw: 'Bitwig Studio' };
    const { body } = await app.http.post('/api/v1/feed/post').set(viewer.auth).send(loop).expect(201);
    await refreshTrending(app.ctx.db, new Date());
    for (const feed of FEEDS) {
      for (const filter of ['genre=LO-FI', 'key=Db minor', 'daw=bitwig studio']) {
        const answer = await app.http.get(`/api/v1/feed/${feed}?${filter}`).set(viewer.auth).expect(200);
        const ids = answer.body.activities.map((activity: { id: string }) => activity.id);
        expect(ids, `${feed} ${filter}`).toEqual([body.post_id]);
      }
    }
    await app.http.delete(`/api/v1/posts/${body.post_id}`).set(viewer.auth).expect(200);
  });
});

describe('who is not signed in', () => {
  it('has no personal feed', async () => {
    for (const feed of ['unified', 'timeline']) await app.http.get(`/api/v1/feed/${feed}`).expect(401);
  });

  it('shares public feeds, which anyone may keep', async () => {
    for (const feed of ['global', 'trending']) {
      const { headers, body } = await app.http
        .get(`/api/v1/feed/${feed}?limit=7`)
        .expect(200)
        .expect('x-cache', 'MISS');
      expect(headers['cache-control']).toMatch(/^public, max-age=\d+$/);
      expect(headers.vary).toMatch(/Authorization/i);
      expect(body.activities[0]).toMatchObject({ is_following: false, is_liked: false, is_own_post: false });
      await app.http.get(`/api/v1/feed/${feed}?limit=7`).expect('x-cache', 'HIT');
    }
  });

  it('loses sight at once of whoever becomes private, also in feeds that were cached', async () => {
    const ids = async (feed: string) =>
      (await app.http.get(`/api/v1/feed/${feed}?limit=100`).expect(200)).body.activities.map(
        (activity: { id: string }) => activity.id,
      );
    const recluse = await app.register('recluse');
    const post = await addPost(app.ctx.db, recluse.id, { likes: 100 });
    await refreshTrending(app.ctx.db, new Date());
    for (const feed of ['global', 'trending']) expect(await ids(feed)).toContain(post);
    await app.http.put('/api/v1/users/me').set(recluse.auth).send({ is_private: true }).expect(200);
    for (const feed of ['global', 'trending']) expect(await ids(feed)).not.toContain(post);
    const { body } = await app.http.get(`/api/v1/users/recluse/posts`).expect(200);
    expect(body).toMatchObject({ activities: [], meta: { is_private: true } });
  });

  it('is refused with a bad token, not taken for nobody', async () => {
    await app.http.get('/api/v1/feed/global').set('authorization', 'Bearer nonsense').expect(401);
  });
});

describe('what one does', () => {
  it('shows in one’s own next request', async () => {
    const ids = async (feed: string) =>
      (await app.http.get(`/api/v1/feed/${feed}?limit=50`).set(viewer.auth).expect(200)).body.activities.map(
        (activity: { id: string }) => activity.id,
      );
    for (const feed of FEEDS) await ids(feed);
    const { body } = await app.http
      .post('/api/v1/feed/post')
      .set(viewer.auth)
      .send({ audio_url: 'https://cdn.example.com/new.mp3' })
      .expect(201);
    for (const feed of ['unified', 'timeline', 'global']) expect(await ids(feed)).toContain(body.post_id);
    await app.http
      .delete(`/api/v1/posts/${body.post_id}`)
      .set(viewer.auth)
      .expect((response) => {
        expect(response.status).toBeLessThan(300);
      });
    for (const feed of FEEDS) expect(await ids(feed)).not.toContain(body.post_id);
    await app.http.post(`/api/v1/users/${friend.id}/mute`).set(viewer.auth);
    for (const feed of FEEDS) expect(await ids(feed)).toEqual([]);
  });
});
