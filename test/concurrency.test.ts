import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestUser } from './support/app.ts';
import { PASSWORD } from './support/client.ts';

let test: TestApp;
let people: TestUser[];

beforeAll(async () => {
  test = await startTestApp();
  people = await Promise.all(Array.from({ length: 8 }, (_, i) => test.register(`person${i}`)));
});
afterAll(() => test?.close());

const person = (index: number): TestUser => people[index % people.length] as TestUser;

const newPost = async (author: TestUser): Promise<string> => {
  const response = await test.http
    .post('/api/v1/feed/post')
    .set(author.auth)
    .send({ audio_url: 'https://cdn.example.com/a.mp3' })
    .expect(201);
  return response.body.post_id;
};

it('counts 200 parallel likes and unlikes right', async () => {
  const id = await newPost(person(0));
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => {
      const user = person(i);
      return Math.random() < 0.5
        ? test.http
            .post(`/api/v1/posts/${id}/like`)
            .set(user.auth)
            .expect((response) => expect(response.status).toBeLessThan(300))
        : test.http
            .delete(`/api/v1/posts/${id}/like`)
            .set(user.auth)
            .expect((response) => expect(response.status).toBeLessThan(300));
    }),
  );
  const post = await test.database.db.post.findFirst({ where: { id } });
  expect(post?.likeCount).toBe(await test.database.db.like.count({ where: { postId: id } }));
  // And to a known end: everyone likes it once more, twice at once.
  await Promise.all(
    people.flatMap((user) => [0, 1].map(() => test.http.post(`/api/v1/posts/${id}/like`).set(user.auth))),
  );
  expect((await test.database.db.post.findFirst({ where: { id } }))?.likeCount).toBe(people.length);
});

it('lets one of 50 parallel registrations of one email through', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const response = await test.http
        .post('/api/v1/auth/register')
        .send({ email: 'Same@Example.com', username: `same${i}`, password: PASSWORD, display_name: 'Same' });
      if (response.status === 409) expect(response.body).toMatchObject({ code: 'ALREADY_EXISTS', field: 'email' });
      return response.status;
    }),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  expect(await test.database.db.user.count({ where: { email: 'same@example.com' } })).toBe(1);
});

it('fills a cold feed once for 100 parallel first reads', async () => {
  const reader = await test.register('reader');
  await newPost(person(1));
  let fills = 0;
  const { cache } = test.ctx;
  const original = cache.setInGroup.bind(cache);
  cache.setInGroup = async (...args) => {
    fills += 1;
    return original(...args);
  };
  const responses = await Promise.all(
    Array.from({ length: 100 }, () => test.http.get('/api/v1/feed/unified').set(reader.auth)),
  );
  cache.setInGroup = original;
  expect(responses.every(({ status }) => status === 200)).toBe(true);
  expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
  expect(fills).toBe(1);
});
