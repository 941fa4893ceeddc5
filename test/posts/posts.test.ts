import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
let alice: TestUser;
let bob: TestUser;
let carol: TestUser;

const LOOP = { audio_url: 'https://cdn.example.com/loops/a.mp3' };

const publish = async (author: TestUser, fields: Record<string, unknown> = {}): Promise<string> => {
  const { body } = await app.http
    .post('/api/v1/feed/post')
    .set(author.auth)
    .send({ ...LOOP, ...fields })
    .expect(201);
  return body.post_id;
};

const postCount = async (user: TestUser): Promise<number> => {
  const { body } = await app.http.get(`/api/v1/users/${user.id}/profile`).set(user.auth).expect(200);
  return body.user.post_count;
};

beforeAll(async () => {
  app = await startTestApp();
  alice = await app.register('alice');
  bob = await app.register('bob');
  carol = await app.register('carol');
});
afterAll(() => app?.close());

describe('publishing', () => {
  it('answers with the post as feeds show it, and counts it', async () => {
    const before = await postCount(alice);
    const { body } = await app.http
      .post('/api/v1/feed/post')
      .set(alice.auth)
      .send({
        ...LOOP,
        bpm: 87.5,
        key: 'F# minor',
        daw: ' Ableton Live ',
        duration_bars: 8,
        genre: ['Drum & Bass', 'drum & bass', ' Jungle'],
        filename: 'amen_170.wav',
        visibility: 'followers',
      })
      .expect(201);
    expect(body.activity).toMatchObject({
      id: body.post_id,
      actor: `user:${alice.id}`,
      object: `loop:${body.post_id}`,
      verb: 'posted',
      bpm: 87.5,
      key: 'F# minor',
      daw: 'Ableton Live',
      duration_bars: 8,
      genre: ['drum & bass', 'jungle'],
      filename: 'amen_170.wav',
      visibility: 'followers',
      username: 'alice',
      is_own_post: true,
      is_liked: false,
      like_count: 0,
      time: body.timestamp,
    });
    expect(await postCount(alice)).toBe(before + 1);
  });

  it.each([
    ['audio_url', {}],
    ['audio_url', { audio_url: 'ftp://cdn.example.com/a.mp3' }],
    ['audio_url', { audio_url: 'https://me:secret@cdn.example.com/a.mp3' }],
    ['audio_url', { audio_url: 'https://cdn.example.com/a b.mp3' }],
    ['audio_id', { audio_id: '0197f3c0-0000-7000-8000-000000000000' }],
    ['audio_id', { ...LOOP, audio_id: '0197f3c0-0000-7000-8000-000000000000' }],
    ['bpm', { ...LOOP, bpm: 301 }],
    ['key', { ...LOOP, key: 'H minor' }],
    ['daw', { ...LOOP, daw: 'x'.repeat(51) }],
    ['daw', { ...LOOP, daw: 'a\nb' }],
    ['duration_bars', { ...LOOP, duration_bars: 0 }],
    ['genre', { ...LOOP, genre: Array.from({ length: 11 }, (_, index) => `g${index}`) }],
    ['genre.0', { ...LOOP, genre: ['x'.repeat(41)] }],
    ['filename', { ...LOOP, filename: '../a.wav' }],
    ['filename', { ...LOOP, filename: 'a\u0007.wav' }],
    ['visibility', { ...LOOP, visibility: 'friends' }],
    ['listed', { ...LOOP, listed: true }],
  ])('refuses a bad %s', async (field, body) => {
    const response = await app.http.post('/api/v1/feed/post').set(alice.auth).send(body).expect(422);
    expect(response.body).toMatchObject({ code: 'VALIDATION_ERROR', field });
  });

  it('shows it in the next request for any feed, although they were cached', async () => {
    for (const feed of ['unified', 'timeline', 'global']) {
      await app.http.get(`/api/v1/feed/${feed}`).set(alice.auth).expect(200);
    }
    await app.http.get('/api/v1/feed/global').expect(200);
    const id = await publish(alice);
    for (const feed of ['unified', 'timeline', 'global']) {
      const { body } = await app.http.get(`/api/v1/feed/${feed}`).set(alice.auth).expect(200);
      expect(body.activities.map((activity: { id: string }) => activity.id)).toContain(id);
    }
    const { body } = await app.http.get('/api/v1/feed/global').expect(200);
    expect(body.activities.map((activity: { id: string }) => activity.id)).toContain(id);
  });

  it('counts every one of many at once', async () => {
    const before = await postCount(carol);
    await Promise.all(Array.from({ length: 20 }, () => publish(carol, { visibility: 'private' })));
    expect(await postCount(carol)).toBe(before + 20);
  });
});

describe('who may see a post', () => {
  const statusFor = async (viewer: TestUser | undefined, id: string): Promise<number> => {
    const request = app.http.get(`/api/v1/posts/${id}`);
    return (await (viewer ? request.set(viewer.auth) : request)).status;
  };

  it('its visibility says', async () => {
    const follower = await app.register('follower');
    await app.http.post(`/api/v1/users/${alice.id}/follow`).set(follower.auth).expect(200);
    const seen = async (visibility: string): Promise<number[]> => {
      const id = await publish(alice, { visibility });
      return Promise.all([alice, follower, bob, undefined].map((viewer) => statusFor(viewer, id)));
    };
    expect(await seen('public')).toEqual([200, 200, 200, 200]);
    expect(await seen('followers')).toEqual([200, 200, 404, 404]);
    expect(await seen('private')).toEqual([200, 404, 404, 404]);
  });

  it('is only followers where the account is private', async () => {
    const hidden = await app.register('hidden');
    await app.http.put('/api/v1/users/me').set(hidden.auth).send({ is_private: true }).expect(200);
    const id = await publish(hidden);
    expect(await statusFor(hidden, id)).toBe(200);
    expect(await statusFor(bob, id)).toBe(404);
    await app.http.put('/api/v1/users/me').set(hidden.auth).send({ is_private: false }).expect(200);
    expect(await statusFor(bob, id)).toBe(200);
  });

  it('holds for everything that can be done to it', async () => {
    const id = await publish(alice, { visibility: 'private' });
    for (const action of ['like', 'repost', 'save']) {
      await app.http.post(`/api/v1/posts/${id}/${action}`).set(bob.auth).expect(404);
      await app.http.delete(`/api/v1/posts/${id}/${action}`).set(bob.auth).expect(404);
    }
    await app.http.post(`/api/v1/posts/${id}/play`).set(bob.auth).send({ duration: 1, completed: true }).expect(404);
    await app.http.get(`/api/v1/posts/${id}/comments`).set(bob.auth).expect(404);
    await app.http.post(`/api/v1/posts/${id}/comments`).set(bob.auth).send({ body: 'hi' }).expect(404);
    await app.http.delete(`/api/v1/posts/${id}`).set(bob.auth).expect(404);
  });
});

describe('deleting', () => {
  it('takes it away everywhere, once', async () => {
    const id = await publish(alice);
    const before = await postCount(alice);
    await app.http.get('/api/v1/feed/global').set(alice.auth).expect(200);
    await app.http.delete(`/api/v1/posts/${id}`).set(bob.auth).expect(403);
    await Promise.all(
      Array.from({ length: 5 }, () => app.http.delete(`/api/v1/posts/${id}`).set(alice.auth).expect(200)),
    );
    expect(await postCount(alice)).toBe(before - 1);
    await app.http.get(`/api/v1/posts/${id}`).set(alice.auth).expect(404);
    await app.http.delete(`/api/v1/posts/${id}`).set(bob.auth).expect(404);
    const { body } = await app.http.get('/api/v1/feed/global').set(alice.auth).expect(200);
    expect(body.activities.map((activity: { id: string }) => activity.id)).not.toContain(id);
  });
});

describe('reactions', () => {
  it.each([
    ['like', 'liked', 'like_count'],
    ['repost', 'reposted', 'repost_count'],
    ['save', 'saved', 'save_count'],
  ])('%s counts once, and can be taken back', async (action, status, counter) => {
    const id = await publish(alice);
    const path = `/api/v1/posts/${id}/${action}`;
    const reply = async (method: 'post' | 'delete', user: TestUser) =>
      (await app.http[method](path).set(user.auth).expect(200)).body;
    expect(await reply('post', bob)).toEqual({ status, [counter]: 1 });
    expect(await reply('post', bob)).toEqual({ status, [counter]: 1 });
    expect(await reply('post', carol)).toEqual({ status, [counter]: 2 });
    expect(await reply('delete', bob)).toEqual({ status: 'none', [counter]: 1 });
    expect(await reply('delete', bob)).toEqual({ status: 'none', [counter]: 1 });
  });

  it('shows a like in the next request', async () => {
    const id = await publish(alice, { genre: ['techno'] });
    const shown = async (path: string): Promise<{ is_liked: boolean; like_count: number }> => {
      const { body } = await app.http.get(path).set(bob.auth).expect(200);
      return body.activity ?? body.activities.find((activity: { id: string }) => activity.id === id);
    };
    for (const path of [`/api/v1/posts/${id}`, '/api/v1/feed/unified', '/api/v1/feed/global']) {
      await app.http.delete(`/api/v1/posts/${id}/like`).set(bob.auth).expect(200);
      expect(await shown(path)).toMatchObject({ is_liked: false, like_count: 0 });
      await app.http.post(`/api/v1/posts/${id}/like`).set(bob.auth).expect(200);
      expect(await shown(path)).toMatchObject({ is_liked: true, like_count: 1 });
    }
  });

  it('teaches which genres one likes, and forgets it again', async () => {
    const fan = await app.register('fan');
    const id = await publish(alice, { genre: ['house', 'techno'] });
    const other = await publish(alice, { genre: ['techno', 'house'] });
    const weights = async () => {
      const rows = await app.database.db.userGenre.findMany({ where: { userId: fan.id }, orderBy: { genre: 'asc' } });
      return rows.map(({ genre, weight }) => [genre, weight]);
    };
    await app.http.post(`/api/v1/posts/${id}/like`).set(fan.auth).expect(200);
    await app.http.post(`/api/v1/posts/${id}/like`).set(fan.auth).expect(200);
    await app.http.post(`/api/v1/posts/${id}/play`).set(fan.auth).send({ duration: 9.5, completed: true }).expect(200);
    expect(await weights()).toEqual([
      ['house', 4],
      ['techno', 4],
    ]);
    await app.http.delete(`/api/v1/posts/${id}/like`).set(fan.auth).expect(200);
    expect(await weights()).toEqual([
      ['house', 1],
      ['techno', 1],
    ]);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const path = `/api/v1/posts/${index % 2 === 0 ? id : other}/like`;
        return index % 4 < 2
          ? app.http.post(path).set(fan.auth).expect(200)
          : app.http.delete(path).set(fan.auth).expect(200);
      }),
    );
  });

  it('counts right under 200 likes and unlikes at once', async () => {
    const id = await publish(alice);
    const people = await Promise.all(Array.from({ length: 20 }, (_, index) => app.register(`crowd${index}`)));
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const person = people[index % people.length] as TestUser;
        const path = `/api/v1/posts/${id}/like`;
        const unlikes = Math.floor(index / people.length) % 2 === 1;
        return (unlikes ? app.http.delete(path) : app.http.post(path)).set(person.auth).expect(200);
      }),
    );
    const { body } = await app.http.get(`/api/v1/posts/${id}`).expect(200);
    expect(body.activity.like_count).toBe(await app.database.db.like.count({ where: { postId: id } }));

    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        app.http
          .post(`/api/v1/posts/${id}/like`)
          .set((people[index % people.length] as TestUser).auth)
          .expect(200),
      ),
    );
    const all = await app.http.get(`/api/v1/posts/${id}`).expect(200);
    expect(all.body.activity.like_count).toBe(people.length);
    await Promise.all(people.map((person) => app.http.delete(`/api/v1/posts/${id}/like`).set(person.auth).expect(200)));
    const none = await app.http.get(`/api/v1/posts/${id}`).expect(200);
    expect(none.body.activity.like_count).toBe(0);
  });
});

describe('plays', () => {
  it('count once a request, signed in or not', async () => {
    const id = await publish(alice);
    const path = `/api/v1/posts/${id}/play`;
    const plays = Array.from({ length: 20 }, () =>
      app.http.post(path).send({ duration: 3, completed: false }).expect(200),
    );
    await Promise.all(plays);
    const { body } = await app.http.post(path).set(bob.auth).send({ duration: 3.5, completed: true }).expect(200);
    expect(body).toEqual({ status: 'played', play_count: 21 });
  });

  it.each([
    {},
    { duration: -1, completed: true },
    { duration: 86_401, completed: true },
    { duration: 1, completed: 'yes' },
  ])('refuses %j', async (json) => {
    const id = await publish(alice);
    await app.http.post(`/api/v1/posts/${id}/play`).send(json).expect(422);
  });
});
