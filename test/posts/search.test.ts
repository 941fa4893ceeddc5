import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prisma } from '../../src/data/prisma/client.ts';
import { type PostSearch, searchStatement } from '../../src/data/repositories/posts-search.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  app = await startTestApp();
  alice = await app.register('alice');
  bob = await app.register('bob');
  const posts = [
    { filename: 'Dusty_Rhodes-loop_90.wav', bpm: 90, key: 'C#m', genre: ['Lo-Fi'], daw: 'Ableton Live' },
    { filename: 'warehouse-rumble.wav', bpm: 140, key: 'F minor', genre: ['techno'], daw: 'Bitwig Studio' },
    { filename: 'warehouse hats.wav', bpm: 138, key: 'C', genre: ['techno', 'house'], daw: 'Ableton Live' },
    { filename: 'secret warehouse.wav', bpm: 139, genre: ['techno'], visibility: 'private' },
  ];
  for (const fields of posts) {
    await app.http
      .post('/api/v1/feed/post')
      .set(alice.auth)
      .send({ audio_url: 'https://cdn.example.com/a.mp3', ...fields })
      .expect(201);
  }
});
afterAll(() => app?.close());

const found = async (query: string, viewer?: TestUser): Promise<string[]> => {
  const request = app.http.get(`/api/v1/search/posts?${query}`);
  const { body } = await (viewer ? request.set(viewer.auth) : request).expect(200);
  return body.activities.map((activity: { filename: string }) => activity.filename);
};

const RHODES = 'Dusty_Rhodes-loop_90.wav';
const RUMBLE = 'warehouse-rumble.wav';
const HATS = 'warehouse hats.wav';
const SECRET = 'secret warehouse.wav';

it.each([
  ['q=warehouse', [HATS, RUMBLE]],
  ['q=WAREHOUSE%20-rumble', [HATS]],
  ['q=%22warehouse%20rumble%22', [RUMBLE]],
  ['q=warehouse-rumble.wav', [RUMBLE]],
  ['q=rhodes%20or%20hats', [HATS, RHODES]],
  ['q=dusty_rhodes', [RHODES]],
  ['q=ableton', [HATS, RHODES]],
  ['q=%21%26%7C%28%3A%2A%22%27', []],
  ['genre=TECHNO', [HATS, RUMBLE]],
  ['genre=lo-fi', [RHODES]],
  ['key=Db%20minor', [RHODES]],
  ['key=C%20major', [HATS]],
  ['bpm_min=138', [HATS, RUMBLE]],
  ['bpm_min=90&bpm_max=138', [HATS, RHODES]],
  ['q=warehouse&genre=house&bpm_min=100', [HATS]],
])('%s finds %j', async (query, expected) => {
  expect(await found(query)).toEqual(expected);
});

it('finds what only its author may see for its author alone', async () => {
  expect(await found('q=warehouse', alice)).toEqual([SECRET, HATS, RUMBLE]);
  expect(await found('q=warehouse', bob)).toEqual([HATS, RUMBLE]);
});

it('leaves out whom one muted', async () => {
  await app.http.post(`/api/v1/users/${alice.id}/mute`).set(bob.auth).expect(200);
  expect(await found('q=warehouse', bob)).toEqual([]);
  await app.http.delete(`/api/v1/users/${alice.id}/mute`).set(bob.auth).expect(200);
});

it('pages', async () => {
  const first = await app.http.get('/api/v1/search/posts?q=warehouse&limit=2').set(alice.auth).expect(200);
  expect(first.body.meta).toMatchObject({ count: 2, has_more: true });
  const { next_cursor: cursor } = first.body.meta;
  expect(await found(`q=warehouse&limit=2&cursor=${cursor}`, alice)).toEqual([RUMBLE]);
  await app.http.get(`/api/v1/search/posts?q=rhodes&cursor=${cursor}`).set(alice.auth).expect(422);
});

it.each(['', 'q=', 'q=a&q=b', 'bpm_min=140&bpm_max=90', 'key=H', 'genre=%00', 'limit=10', 'limit=0&q=a', 'q=a&daw=b'])(
  'refuses "%s"',
  async (query) => {
    await app.http.get(`/api/v1/search/posts?${query}`).expect(422);
  },
);

describe('with 20,000 posts', () => {
  beforeAll(async () => {
    await app.database.db.$executeRaw(Prisma.sql`
      INSERT INTO posts (id, user_id, audio_url, filename, bpm, key, genre)
      SELECT gen_random_uuid(), ${alice.id}::uuid, 'https://cdn.example.com/b.mp3', 'loop_' || n || '.wav',
        80 + n % 100, (ARRAY['C', 'Am', 'F# minor', 'D minor'])[1 + n % 4], ARRAY['genre ' || n % 50]
      FROM generate_series(1, 20000) n`);
    await app.database.db.$executeRaw(Prisma.sql`ANALYZE`);
  });

  const criteria: [string, PostSearch][] = [
    ['a rare word', { query: '12345' }],
    ['a common word', { query: 'loop' }],
    ['a word and not another', { query: 'loop -777' }],
    ['nothing but a word to avoid', { query: '-777' }],
    ['a genre', { genre: 'genre 7' }],
    ['a key', { keys: ['Am', 'A minor'] }],
    ['a tempo', { bpmMin: 120, bpmMax: 121 }],
    ['all of them', { query: 'loop', genre: 'genre 7', keys: ['Am'], bpmMin: 90, bpmMax: 150 }],
  ];
  it.each(criteria)('never reads the whole table: %s', async (_name, search) => {
    for (const viewerId of [undefined, alice.id, bob.id]) {
      const plan = await app.database.db.$queryRaw<{ 'QUERY PLAN': string }[]>(
        Prisma.sql`EXPLAIN ${searchStatement(search, viewerId, undefined, 21)}`,
      );
      const text = plan.map((row) => row['QUERY PLAN']).join('\n');
      expect(text).not.toMatch(/Seq Scan on posts/);
    }
  });
});
