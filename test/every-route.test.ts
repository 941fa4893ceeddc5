import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../src/http/routes/index.ts';
import { startTestApp, type TestApp, type TestUser } from './support/app.ts';

/** What holds for all routes alike; a new route is held to it without anyone writing a test. */

let test: TestApp;
let alice: TestUser;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
});
afterAll(() => test?.close());

const every = routes.map(({ contract }) => ({
  name: `${contract.method} ${contract.path}`,
  method: contract.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete',
  path: contract.path.replace(/:\w+/g, '0197f3c0-0000-7000-8000-000000000000'),
  auth: contract.auth,
}));

const SHAPE = {
  code: expect.any(String),
  message: expect.any(String),
  details: expect.any(Array),
  request_id: expect.any(String),
};

describe.each(every)('$name', ({ method, path, auth }) => {
  const failures: [string, string][] = [
    ['nonsense', 'Bearer nonsense'],
    ['another scheme', 'Basic YWxpY2U6eA=='],
    ['nothing behind Bearer', 'Bearer '],
  ];

  if (auth === 'required') {
    it('is a 401 without a token', async () => {
      const response = await test.http[method](path);
      expect(response.status).toBe(401);
      expect(response.body).toMatchObject({ ...SHAPE, code: 'UNAUTHORIZED' });
      expect(response.headers['www-authenticate']).toBe('Bearer');
    });
  }

  if (auth !== 'none') {
    it.each(failures)('is a 401 with a bad token: %s', async (_name, authorization) => {
      const response = await test.http[method](path).set({ authorization });
      expect(response.status).toBe(401);
      expect(response.body).toMatchObject({ ...SHAPE, code: 'UNAUTHORIZED' });
    });

    it('is a 401 with a token whose signature was changed', async () => {
      const [header, payload, signature = ''] = alice.token.split('.');
      const forged = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      expect((await test.http[method](path).set({ authorization: `Bearer ${forged}` })).status).toBe(401);
    });

    it('is a 401 once the session has ended', async () => {
      const login = await test.http
        .post('/api/v1/auth/login')
        .send({ email: alice.email, password: 'Correct-Horse-7!' });
      const authorization = `Bearer ${login.body.auth.token}`;
      await test.http.post('/api/v1/auth/logout').set({ authorization }).send({}).expect(200);
      expect((await test.http[method](path).set({ authorization })).status).toBe(401);
    });
  }

  it('names itself on every answer', async () => {
    const response = await test.http[method](path).set('x-request-id', 'mine.1');
    expect(response.headers['x-request-id']).toBe('mine.1');
    expect(response.status).toBeLessThan(500);
  });

  it('is a 405 that says what is allowed for a method that it does not know', async () => {
    const response = await test.http.patch(path);
    expect(response.status).toBe(405);
    expect(response.headers.allow).toContain(method.toUpperCase());
    expect(response.body).toMatchObject({ ...SHAPE, code: 'METHOD_NOT_ALLOWED' });
  });
});
