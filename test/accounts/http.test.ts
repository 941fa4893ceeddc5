import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { authRoutes } from '../../src/http/routes/auth/index.ts';
import { followRequestRoutes } from '../../src/http/routes/follow-requests/index.ts';
import { searchUserRoutes } from '../../src/http/routes/search-users/index.ts';
import { userRoutes } from '../../src/http/routes/users/index.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { PASSWORD } from '../support/client.ts';

const routes = [...authRoutes, ...userRoutes, ...followRequestRoutes, ...searchUserRoutes];

let app: TestApp;
let alice: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await startTestApp();
  [alice, bob] = [await app.register('alice'), await app.register('bob')];
});
afterAll(() => app.close());

type Method = 'get' | 'post' | 'put' | 'delete';

/** Calls a route, and checks what comes back against what its contract promises. */
const call = async (method: Method, path: string, options: { as?: TestUser; json?: object; token?: string } = {}) => {
  let request = app.http[method](path);
  if (options.as) request = request.set(options.as.auth);
  if (options.token !== undefined) request = request.set({ authorization: `Bearer ${options.token}` });
  const response = await (options.json ? request.send(options.json) : request);
  const { pathname } = new URL(path, 'http://x');
  const found = routes.find(({ contract }) =>
    [contract.path, ...(contract.aliases ?? [])].some(
      (known) =>
        contract.method === method.toUpperCase() && new RegExp(`^${known.replace(/:id/, '[^/]+')}$`).test(pathname),
    ),
  );
  const schema = found?.contract.responses[response.status];
  if (response.status < 300) (schema as ZodType).parse(response.body);
  else
    expect(response.body).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      request_id: expect.any(String),
    });
  return response;
};

const credentials = { email: 'alice@example.com', password: PASSWORD };

describe('accounts over HTTP', () => {
  it.each(['/api/v1/auth', '/api/auth'])('register, log in, refresh, log out at %s', async (base) => {
    const username = `person${base.length}`;
    const json = {
      email: ` ${username}@Example.COM `,
      username: username.toUpperCase(),
      password: PASSWORD,
      display_name: ' Per Son ',
    };
    const registered = await call('post', `${base}/register`, { json });
    expect(registered.status).toBe(201);
    expect(registered.body.auth.user).toMatchObject({
      email: `${username}@example.com`,
      username,
      display_name: 'Per Son',
    });
    const again = await call('post', `${base}/register`, { json });
    expect([again.status, again.body.code, again.body.field]).toEqual([409, 'ALREADY_EXISTS', 'email']);
    const loggedIn = await call('post', `${base}/login`, { json: { email: json.email, password: PASSWORD } });
    expect(loggedIn.status).toBe(200);
    const refreshed = await call('post', `${base}/refresh`, {
      json: { refresh_token: loggedIn.body.auth.refresh_token },
    });
    expect(refreshed.status).toBe(200);
    const { token } = refreshed.body.auth;
    expect((await call('get', '/api/v1/auth/me', { token })).body.user.username).toBe(username);
    expect((await call('get', '/api/auth/validate', { token })).body).toMatchObject({
      valid: true,
      user: { username },
    });
    expect((await call('post', '/api/auth/validate', { json: { token } })).body).toMatchObject({
      valid: true,
      user: { username },
    });
    expect((await call('post', `${base}/logout`, { token })).body).toEqual({ status: 'logged_out' });
    for (const path of ['/api/v1/auth/me', '/api/auth/validate', '/api/v1/users/alice/profile']) {
      expect((await call('get', path, { token })).status).toBe(401);
    }
    expect((await call('post', '/api/auth/validate', { json: { token } })).status).toBe(401);
    expect(
      (await call('post', `${base}/refresh`, { json: { refresh_token: refreshed.body.auth.refresh_token } })).status,
    ).toBe(401);
  });

  it('log out by the refresh token alone, and not by nothing', async () => {
    const { body } = await call('post', '/api/v1/auth/login', { json: credentials });
    expect(
      (await call('post', '/api/v1/auth/logout', { json: { refresh_token: body.auth.refresh_token } })).status,
    ).toBe(200);
    expect((await call('get', '/api/v1/auth/me', { token: body.auth.token })).status).toBe(401);
    expect((await call('post', '/api/v1/auth/logout')).status).toBe(401);
    expect((await call('post', '/api/auth/validate')).status).toBe(401);
  });

  it.each([
    ['email', { email: 'not an address' }],
    ['email', { email: `${'a'.repeat(250)}@example.com` }],
    ['email', { email: 'a\0b@example.com' }],
    ['username', { username: 'ab' }],
    ['username', { username: 'a'.repeat(31) }],
    ['username', { username: 'with-hyphen' }],
    ['username', { username: 'ünïcode' }],
    ['password', { password: 'short' }],
    ['password', { password: 'all-lower-case-7' }],
    ['password', { password: `Aa1!${'x'.repeat(200)}` }],
    ['password', { password: 'P@ssw0rd123!' }],
    ['display_name', { display_name: '   ' }],
    ['display_name', { display_name: '\ud800' }],
    ['roles', { roles: ['ADMIN'] }],
  ])('refuse a registration whose %s is wrong: %j', async (field, change) => {
    const json = { email: 'new@example.com', username: 'newcomer', password: PASSWORD, display_name: 'New', ...change };
    const response = await call('post', '/api/v1/auth/register', { json });
    expect([response.status, response.body.code, response.body.field]).toEqual([422, 'VALIDATION_ERROR', field]);
    expect(JSON.stringify(response.body)).not.toContain(json.password);
  });

  it('are limited to 5 wrong passwords, with Retry-After', async () => {
    const limited = await startTestApp({ RATE_LIMIT_ENABLED: 'true' });
    await limited.register('victim');
    const attempt = (password: string) =>
      limited.http.post('/api/v1/auth/login').send({ email: 'victim@example.com', password });
    for (let i = 0; i < 5; i += 1) await attempt('Wrong-Horse-7!').expect(401);
    const response = await attempt(PASSWORD).expect(429);
    expect(response.body.code).toBe('RATE_LIMITED');
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(800);
    await limited.close();
  });
});

describe('users over HTTP', () => {
  it('change their own profile', async () => {
    const json = { display_name: 'Alice A.', bio: 'loops', location: 'Oslo', avatar_url: 'https://example.com/a.png' };
    const changed = await call('put', '/api/v1/users/me', { as: alice, json });
    expect(changed.status).toBe(200);
    expect((await call('get', '/api/v1/users/me', { as: alice })).body).toEqual(changed.body);
    expect(changed.body.user).toMatchObject(json);
    const cleared = await call('put', '/api/v1/users/me', { as: alice, json: { location: '', avatar_url: null } });
    expect(cleared.body.user).toMatchObject({ location: null, avatar_url: null, bio: 'loops' });
  });

  it.each([
    ['email', { email: 'other@example.com' }],
    ['is_private', { is_private: 'yes' }],
    ['avatar_url', { avatar_url: 'javascript:alert(1)' }],
    ['bio', { bio: 'x'.repeat(501) }],
    ['display_name', { display_name: null }],
  ])('are told that %s cannot be changed to that', async (field, json) => {
    const response = await call('put', '/api/v1/users/me', { as: alice, json });
    expect([response.status, response.body.field]).toEqual([422, field]);
  });

  it('never see the email of others, whatever they ask', async () => {
    await call('post', '/api/v1/users/bob/follow', { as: alice });
    await call('post', '/api/v1/users/alice/mute', { as: bob });
    const paths = ['profile', 'followers', 'following', 'posts'].map((list) => `/api/v1/users/bob/${list}`);
    for (const path of [
      ...paths,
      '/api/v1/search/users?q=bob',
      '/api/v1/users/recommended',
      '/api/v1/users/me/muted',
    ]) {
      const response = await call('get', path, { as: alice });
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.text).not.toContain('@example.com');
    }
    await call('delete', '/api/v1/users/bob/follow', { as: alice });
  });

  it('follow, ask, are accepted or rejected, mute', async () => {
    expect((await call('post', '/api/v1/users/bob/follow', { as: alice })).body).toEqual({ status: 'following' });
    expect((await call('get', `/api/v1/users/${bob.id}/profile`, { as: alice })).body.user).toMatchObject({
      username: 'bob',
      is_following: true,
      follow_status: 'following',
      follower_count: 1,
      is_self: false,
    });
    expect((await call('get', '/api/v1/users/bob/followers')).body).toMatchObject({
      users: [{ username: 'alice', is_following: false }],
      meta: { limit: 20, count: 1, has_more: false, next_cursor: null },
    });
    expect((await call('delete', '/api/v1/users/bob/follow', { as: alice })).body).toEqual({ status: 'none' });
    await call('put', '/api/v1/users/me', { as: bob, json: { is_private: true } });
    for (const answer of ['reject', 'accept']) {
      expect((await call('post', '/api/v1/users/bob/follow', { as: alice })).body).toEqual({ status: 'requested' });
      const { body } = await call('get', '/api/v1/users/me/follow-requests', { as: bob });
      expect(body.requests).toMatchObject([{ user: { username: 'alice' } }]);
      const path = `/api/v1/follow-requests/${body.requests[0].id}/${answer}`;
      expect((await call('post', path, { as: alice })).status).toBe(404);
      expect((await call('post', path, { as: bob })).body).toEqual({ status: `${answer}ed` });
      expect((await call('post', path, { as: bob })).status).toBe(404);
    }
    expect((await call('get', '/api/v1/users/bob/posts', { as: alice })).body.meta).toMatchObject({
      is_private: false,
    });
    expect((await call('get', '/api/v1/users/bob/posts')).body).toMatchObject({
      activities: [],
      meta: { is_private: true, count: 0 },
    });
    expect((await call('post', '/api/v1/users/bob/mute', { as: alice })).body).toEqual({ status: 'muted' });
    expect((await call('get', '/api/v1/users/me/muted', { as: alice })).body.users).toMatchObject([
      { username: 'bob' },
    ]);
    expect((await call('delete', '/api/v1/users/bob/mute', { as: alice })).body).toEqual({ status: 'none' });
  });

  it.each([
    ['get', '/api/v1/users/bob/followers?limit=0', 'limit'],
    ['get', '/api/v1/users/bob/followers?limit=101', 'limit'],
    ['get', '/api/v1/users/bob/followers?limit=1e1', 'limit'],
    ['get', '/api/v1/users/bob/followers?limit=5&limit=6', 'limit'],
    ['get', '/api/v1/users/bob/followers?cursor=garbage', 'cursor'],
    ['get', '/api/v1/users/bob/posts?cursor=', 'cursor'],
    ['get', '/api/v1/users/bob/posts?offset=1', 'offset'],
    ['get', '/api/v1/search/users', 'q'],
    ['get', '/api/v1/search/users?q=%20', 'q'],
    ['get', '/api/v1/search/users?q=%00', 'q'],
    ['get', '/api/v1/search/users?q=a&q=b', 'q'],
    ['post', '/api/v1/follow-requests/1/accept', 'id'],
    ['post', '/api/v1/users/alice/follow', 'id'],
    ['post', '/api/v1/users/a%00b/follow', 'id'],
  ] as [Method, string, string][])('are told what is wrong with %s %s', async (method, path, field) => {
    const response = await call(method, path, { as: alice });
    expect([response.status, response.body.field]).toEqual([422, field]);
  });
});

describe('every route that needs a token', () => {
  const closed = routes.filter(({ contract }) => contract.auth === 'required');
  it.each(closed.map(({ contract }) => [contract.method, contract.path]))(
    '%s %s refuses who has none or a bad one',
    async (method = '', path = '') => {
      const [verb, target] = [method.toLowerCase() as Method, path.replace(':id', bob.id)];
      expect((await call(verb, target)).status).toBe(401);
      expect((await call(verb, target, { token: 'bad' })).status).toBe(401);
      expect((await call(verb, target, { token: `${alice.token}x` })).status).toBe(401);
    },
  );
  it('and those that may use one refuse a bad one', async () => {
    for (const { contract } of routes.filter((one) => one.contract.auth === 'optional')) {
      const response = await call(contract.method.toLowerCase() as Method, contract.path.replace(':id', bob.id), {
        token: 'bad',
      });
      expect([contract.path, response.status]).toEqual([contract.path, 401]);
    }
  });
});
