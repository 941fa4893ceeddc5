import { Client } from 'pg';
import type { Test } from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillDatabase, SEED_PASSWORD } from '../src/data/seed/fill.ts';
import { refreshTrending } from '../src/features/feed/trending-refresher.ts';
import { routes } from '../src/http/routes/index.ts';
import { wav } from './audio/multipart.ts';
import { startTestApp, type TestApp } from './support/app.ts';
import { type ExecutedPlan, listenToPlans, nodesOf } from './support/plans.ts';

/** Tables that grow with the product: a query that reads one from end to end gets slower every day. */
const LARGE = ['users', 'posts', 'likes', 'follows', 'comments', 'plays', 'reposts', 'saves', 'user_genres'].concat(
  'audio_uploads',
);

let test: TestApp;
let stopListening: () => void;
let plans: ExecutedPlan[] = [];
const asked = new Set<string>();
const one = async (sql: string): Promise<string> => {
  const rows = await test.database.db.$queryRawUnsafe<Record<string, unknown>[]>(sql);
  return String(Object.values(rows[0] ?? {})[0]);
};

beforeAll(async () => {
  test = await startTestApp();
  const client = new Client({ connectionString: test.database.url });
  await client.connect();
  await fillDatabase(client, { users: 30_000, posts: 50_000, seed: 5, now: Date.now(), likesPerPost: 3 });
  await client.query(`
    INSERT INTO audio_uploads (id, job_id, user_id, filename, format, bytes, sha256, source_key)
    SELECT gen_random_uuid(), gen_random_uuid(), id, 'a.wav', 'wav', 1, '', 'none' FROM users`);
  await client.query('VACUUM (ANALYZE)');
  await client.end();
  await refreshTrending(test.ctx.db, new Date());
  stopListening = await listenToPlans(test.database.url, (executed) => plans.push(executed));
}, 120_000);

afterAll(async () => {
  stopListening?.();
  await test?.close();
});

/** Asks the API, and gives back what it says. Fails when one of the queries that this needs reads a large table whole. */
const ask = async (method: string, path: string, body?: object | ((request: Test) => Test), token?: string) => {
  const found = routes.find(({ contract }) => contract.method === method && matches(contract.path, path));
  expect(found, `${method} ${path} is a route`).toBeDefined();
  asked.add(`${method} ${found?.contract.path}`);
  plans = [];
  const request = test.http[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](path).set(
    'Cache-Control',
    'no-cache',
  );
  if (token !== undefined) request.set('Authorization', `Bearer ${token}`);
  const response = await (typeof body === 'function' ? body(request) : body ? request.send(body) : request);
  expect(response.status, `${method} ${path}: ${JSON.stringify(response.body).slice(0, 500)}`).toBeLessThan(300);
  const promised = found?.contract.responses[response.status];
  const broken =
    promised === undefined || typeof promised === 'string' ? undefined : promised.safeParse(response.body).error;
  expect.soft(broken?.issues ?? [], `${method} ${path} answers what it promises`).toEqual([]);
  for (const { query, plan } of plans) {
    const whole = nodesOf(plan).filter(
      (node) => node['Node Type'] === 'Seq Scan' && LARGE.includes(node['Relation Name'] ?? ''),
    );
    expect
      .soft(
        whole.map((node) => node['Relation Name']),
        `${method} ${path} reads these from end to end in\n${query}`,
      )
      .toEqual([]);
  }
  return response.body;
};

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0] ?? '');

const logIn = async (username: string): Promise<string> => {
  const { auth } = await ask('POST', '/api/v1/auth/login', {
    email: `${username}@example.com`,
    password: SEED_PASSWORD,
  });
  return auth.token;
};

it('is told the plans that the server runs by', async () => {
  plans = [];
  await test.ctx.db.$queryRaw`SELECT count(*) FROM posts WHERE bpm > 100`;
  expect(plans).toHaveLength(1);
  expect(plans.flatMap(({ plan }) => nodesOf(plan)).map((node) => node['Node Type'])).toContain('Seq Scan');
});

it('registers, logs in and out', async () => {
  const { auth } = await ask('POST', '/api/v1/auth/register', {
    email: 'new@example.com',
    username: 'newcomer',
    password: 'Correct-Horse-7!',
    display_name: 'New',
  });
  const { auth: next } = await ask('POST', '/api/v1/auth/refresh', { refresh_token: auth.refresh_token });
  await ask('GET', '/api/v1/auth/me', undefined, next.token);
  await ask('GET', '/api/auth/validate', undefined, next.token);
  await ask('POST', '/api/auth/validate', { token: next.token });
  await ask('POST', '/api/v1/auth/logout', {}, next.token);
  for (const path of ['/health', '/health/live', '/health/ready']) await ask('GET', path);
});

it('reads feeds, page by page and filtered', async () => {
  const heaviest = await one('SELECT username FROM users ORDER BY following_count DESC LIMIT 1');
  for (const name of ['alice', heaviest]) {
    const token = await logIn(name);
    for (const feed of ['unified', 'timeline', 'global', 'trending']) {
      const path = `/api/v1/feed/${feed}`;
      const { meta } = await ask('GET', `${path}?limit=20`, undefined, token);
      await ask('GET', `${path}?limit=20&cursor=${encodeURIComponent(meta.next_cursor)}`, undefined, token);
      for (const filter of [
        'genre=techno',
        'bpm_min=120&bpm_max=126',
        `key=${encodeURIComponent('A minor')}`,
        'daw=Reaper',
      ]) {
        await ask('GET', `${path}?${filter}`, undefined, token);
      }
    }
  }
  await ask('GET', '/api/v1/feed/global');
  await ask('GET', '/api/v1/feed/trending');
});

it('reads people and their lists', async () => {
  const star = await one('SELECT username FROM users WHERE NOT is_private ORDER BY follower_count DESC LIMIT 1');
  const token = await logIn('alice');
  for (const person of ['bob', star]) {
    for (const list of ['profile', 'posts', 'followers', 'following']) {
      await ask('GET', `/api/v1/users/${person}/${list}`);
      const { meta } = await ask('GET', `/api/v1/users/${person}/${list}`, undefined, token);
      if (meta?.next_cursor)
        await ask(
          'GET',
          `/api/v1/users/${person}/${list}?cursor=${encodeURIComponent(meta.next_cursor)}`,
          undefined,
          token,
        );
    }
  }
  await ask('GET', '/api/v1/users/me', undefined, token);
  await ask('PUT', '/api/v1/users/me', { bio: 'Now with sidechain.' }, token);
  await ask('PUT', '/api/v1/users/me', { is_private: true }, token);
  await ask('PUT', '/api/v1/users/me', { is_private: false }, token);
  await ask('GET', '/api/v1/users/recommended', undefined, token);
});

it('follows, asks to follow and mutes', async () => {
  const token = await logIn('alice');
  const stranger = await one(
    "SELECT id FROM users WHERE NOT is_private AND id NOT IN (SELECT followee_id FROM follows JOIN users a ON a.id = follower_id AND a.username = 'alice') AND username <> 'alice' LIMIT 1",
  );
  const hidden = await one(
    'SELECT u.username FROM users u JOIN follow_requests r ON r.target_id = u.id GROUP BY 1 HAVING count(*) > 2 LIMIT 1',
  );
  const hiddenToken = await logIn(hidden);
  await ask('POST', `/api/v1/users/${stranger}/follow`, undefined, token);
  await ask('DELETE', `/api/v1/users/${stranger}/follow`, undefined, token);
  await ask('POST', `/api/v1/users/${hidden}/follow`, undefined, await logIn('bob'));
  await ask('GET', '/api/v1/users/me/follow-requests', undefined, hiddenToken);
  const [first, second] = (
    await one(
      `SELECT string_agg(r.id::text, ' ') FROM follow_requests r JOIN users u ON u.id = r.target_id WHERE username = '${hidden}'`,
    )
  ).split(' ');
  await ask('POST', `/api/v1/follow-requests/${first}/accept`, undefined, hiddenToken);
  await ask('POST', `/api/v1/follow-requests/${second}/reject`, undefined, hiddenToken);
  await ask('POST', `/api/v1/users/${stranger}/mute`, undefined, token);
  await ask('GET', '/api/v1/users/me/muted', undefined, token);
  await ask('DELETE', `/api/v1/users/${stranger}/mute`, undefined, token);
});

it('posts, reacts and comments', async () => {
  const token = await logIn('alice');
  const hit = await one('SELECT id FROM posts WHERE listed ORDER BY like_count DESC LIMIT 1');
  const draft = {
    audio_url: 'https://cdn.example.com/loops/new.mp3',
    bpm: 124,
    key: 'A minor',
    genre: ['house'],
    filename: 'new.wav',
  };
  const { post_id: own } = await ask('POST', '/api/v1/feed/post', draft, token);
  await ask('GET', `/api/v1/posts/${hit}`, undefined, token);
  for (const reaction of ['like', 'repost', 'save']) {
    await ask('POST', `/api/v1/posts/${hit}/${reaction}`, undefined, token);
    await ask('DELETE', `/api/v1/posts/${hit}/${reaction}`, undefined, token);
  }
  await ask('POST', `/api/v1/posts/${hit}/play`, { duration: 12.5, completed: true }, token);
  await ask('POST', `/api/v1/posts/${hit}/comments`, { body: 'That bass!' }, token);
  await ask('GET', `/api/v1/posts/${hit}/comments`, undefined, token);
  const comment = await one("SELECT id FROM comments WHERE body = 'That bass!'");
  await ask('PUT', `/api/v1/comments/${comment}`, { body: 'That bass, though!' }, token);
  await ask('DELETE', `/api/v1/comments/${comment}`, undefined, token);
  await ask('DELETE', `/api/v1/posts/${own}`, undefined, token);
});

it('uploads, asks how far it is, and plays', async () => {
  const token = await logIn('alice');
  const { audio_id: id, poll_url: status } = await ask(
    'POST',
    '/api/v1/audio/upload',
    (request) => request.field('post', 'true').attach('audio', wav(0.2), 'loop.wav'),
    token,
  );
  await ask('GET', status, undefined, token);
  const source = await one(`SELECT source_key FROM audio_uploads WHERE id = '${id}'`);
  const result = {
    duration: 0.2,
    source: { codec: 'pcm_s16le', sampleRate: 8000, channels: 1, bitDepth: 16 },
    loudness: {
      sourceIntegrated: null,
      sourceTruePeak: null,
      integrated: null,
      truePeak: null,
      gain: 0,
      limited: false,
    },
    waveform: { sampleRate: 8000, samplesPerPixel: 1600, length: 1 },
    tempo: null,
    key: null,
    duplicateOf: null,
    renditions: [{ name: 'aac', contentType: 'audio/mp4', key: source, bytes: wav(0.2).length, etag: 'x' }],
  };
  await test.database.db.audioUpload.update({
    where: { id },
    data: { status: 'complete', result, peaks: Buffer.from([0, 0]) },
  });
  await ask('GET', status, undefined, token);
  await ask('GET', `${status}/events`, undefined, token);
  await test.database.db.post.updateMany({ where: { audioId: id }, data: { audioStatus: 'ready', listed: true } });
  for (const viewer of [token, await logIn('bob'), undefined]) {
    for (const part of ['', '/stream', '/waveform.svg', '/waveform.json']) {
      await ask('GET', `/api/v1/audio/${id}${part}`, undefined, viewer);
    }
  }
});

it('searches', async () => {
  const token = await logIn('alice');
  for (const query of ['dusty', 'al', 'neon wave'])
    await ask('GET', `/api/v1/search/users?q=${encodeURIComponent(query)}`, undefined, token);
  for (const query of [
    'q=rumble',
    'q=final',
    'q=warehouse&genre=techno',
    'q=piano&bpm_min=120&bpm_max=128',
    `q=808&key=${encodeURIComponent('A minor')}`,
  ]) {
    await ask('GET', `/api/v1/search/posts?${query}`, undefined, token);
  }
});

it('has asked every route', () => {
  expect(
    routes.map(({ contract }) => `${contract.method} ${contract.path}`).filter((name) => !asked.has(name)),
  ).toEqual([]);
});
