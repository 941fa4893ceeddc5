import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { withIdempotency } from '../../src/features/idempotency/with-idempotency.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { PASSWORD } from '../support/client.ts';

let app: TestApp;
let alice: TestUser;
let bob: TestUser;
let counter = 0;

beforeAll(async () => {
  app = await startTestApp();
  alice = await app.register('alice');
  bob = await app.register('bob');
});
afterAll(() => app?.close());

const nextKey = (): string => {
  counter += 1;
  return `key-${counter}`;
};
const LOOP = { audio_url: 'https://cdn.example.com/a.mp3', bpm: 120 };
const publish = (author: TestUser, key: string, json: unknown = LOOP) =>
  app.http
    .post('/api/v1/feed/post')
    .set(author.auth)
    .set('Idempotency-Key', key)
    .send(json as object);

describe('over HTTP', () => {
  it('replays the first answer', async () => {
    const key = nextKey();
    const first = await publish(alice, key).expect(201);
    const again = await publish(alice, key, { bpm: 120, audio_url: LOOP.audio_url }).expect(201);
    expect(again.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('refuses another request with the same key, also on another route', async () => {
    const key = nextKey();
    const { body } = await publish(alice, key).expect(201);
    const other = await publish(alice, key, { ...LOOP, bpm: 121 }).expect(422);
    expect(other.body).toMatchObject({ code: 'VALIDATION_ERROR', field: 'Idempotency-Key' });
    await app.http
      .post(`/api/v1/posts/${body.post_id}/comments`)
      .set(alice.auth)
      .set('Idempotency-Key', key)
      .send(LOOP)
      .expect(422);
  });

  it('keeps the keys of two people apart', async () => {
    const key = nextKey();
    const first = await publish(alice, key).expect(201);
    const second = await publish(bob, key).expect(201);
    expect(second.body.post_id).not.toBe(first.body.post_id);
  });

  it('posts once however many come at once', async () => {
    const key = nextKey();
    const replies = await Promise.all(Array.from({ length: 10 }, () => publish(alice, key).expect(201)));
    expect(new Set(replies.map(({ body }) => body.post_id)).size).toBe(1);
  });

  it.each(['', 'with space', 'k'.repeat(256), 'clé'])('refuses %j as a key', async (key) => {
    await publish(alice, key).expect(422);
  });

  it('gives a registration the same tokens, and keeps them unreadable', async () => {
    const key = nextKey();
    const json = { email: 'dora@example.com', username: 'dora', password: PASSWORD, display_name: 'Dora' };
    const register = () => app.http.post('/api/v1/auth/register').set('Idempotency-Key', key).send(json);
    const first = await register().expect(201);
    const again = await register().expect(201);
    expect(again.body).toEqual(first.body);
    const row = await app.database.db.idempotencyKey.findFirstOrThrow({ where: { key } });
    const stored = Buffer.from(row.response ?? []).toString('latin1');
    expect(stored).not.toContain('dora');
    expect(stored).not.toContain(first.body.auth.refresh_token);
  });
});

describe('whatever runs', () => {
  const request = (key: string) => ({
    scope: 'someone',
    key,
    request: { method: 'POST', route: '/x', body: { a: 1 } },
  });
  const ok = async () => ({ status: 201, body: { n: 1 } });
  const age = (key: string, interval: string) =>
    app.database.db.$executeRaw`
      UPDATE idempotency_keys SET created_at = created_at - ${interval}::interval,
        expires_at = expires_at - ${interval}::interval WHERE key = ${key}`;

  it('may be tried again after it failed', async () => {
    const key = nextKey();
    const failing = withIdempotency(app.ctx, request(key), () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withIdempotency(app.ctx, request(key), ok)).toEqual(await ok());
  });

  it('gets the same refusal again', async () => {
    const key = nextKey();
    let runs = 0;
    const refuse = () => {
      runs += 1;
      return Promise.reject(new AppError('ALREADY_EXISTS', 'this email is taken', { field: 'email' }));
    };
    const refusal = { code: 'ALREADY_EXISTS', field: 'email', message: 'this email is taken' };
    await expect(withIdempotency(app.ctx, request(key), refuse)).rejects.toMatchObject(refusal);
    await expect(withIdempotency(app.ctx, request(key), refuse)).rejects.toMatchObject(refusal);
    expect(runs).toBe(1);
  });

  it('is waited for a while, then told of', async () => {
    const key = nextKey();
    let finish = (): void => {};
    const first = withIdempotency(app.ctx, request(key), async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return ok();
    });
    await sleep(50);
    await expect(withIdempotency(app.ctx, request(key), ok)).rejects.toMatchObject({ code: 'CONFLICT', retryAfter: 1 });
    finish();
    await first;
    expect(await withIdempotency(app.ctx, request(key), ok)).toMatchObject({
      headers: { 'Idempotency-Replayed': 'true' },
    });
  });

  it('is taken over when its process died, whose late answer then counts for nothing', async () => {
    const key = nextKey();
    let finish = (): void => {};
    const dead = withIdempotency(app.ctx, request(key), async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { status: 201, body: { n: 0 } };
    });
    await sleep(50);
    await age(key, '61 seconds');
    expect(await withIdempotency(app.ctx, request(key), ok)).toEqual(await ok());
    finish();
    await dead;
    expect(await withIdempotency(app.ctx, request(key), ok)).toMatchObject({ body: { n: 1 } });
  });

  it('runs anew after 24 hours, and what has expired is thrown away', async () => {
    const old = nextKey();
    const stale = nextKey();
    await withIdempotency(app.ctx, request(old), ok);
    await withIdempotency(app.ctx, request(stale), ok);
    await age(old, '25 hours');
    await age(stale, '25 hours');
    const anew = await withIdempotency(
      app.ctx,
      { ...request(old), request: { method: 'POST', route: '/y', body: 2 } },
      ok,
    );
    expect(anew).toEqual(await ok());
    expect(await app.database.db.idempotencyKey.count({ where: { key: stale } })).toBe(0);
  });
});
