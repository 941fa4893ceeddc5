import { describe, expect, test } from 'vitest';
import { redactFields, redactText } from './redact.ts';
import { isSecretName } from './secrets-in-text.ts';

const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJlLXZhbHVl';

describe('names', () => {
  test.each([
    'password',
    'Password',
    'new_password',
    'passwordHash',
    'password2',
    'token',
    'refresh_token',
    'refreshToken',
    'ACCESS-TOKEN',
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'secret',
    'APP_SECRET',
    'api key',
    'x-api-key',
    'apiKey',
    'AUTH_SIGNING_KEY',
    'signing key',
    'tokens',
    'token_hash',
    'private_key',
    'credentials',
  ])('%s is secret', (name) => expect(isSecretName(name)).toBe(true));

  test.each([
    'token_type',
    'author',
    'key',
    'username',
    'passed',
    'tokens_used',
    'idempotency_key',
    'cursor',
    'monkey',
  ])('%s is not', (name) => expect(isSecretName(name)).toBe(false));
});

describe('texts', () => {
  test.each([
    ['Authorization: Bearer hunter2abc', 'hunter2'],
    ['got bearer hunter2', 'hunter2'],
    ['Authorization: Basic aHVudGVyMjpodW50ZXIy', 'aHVudGVy'],
    ['sent Basic aHVudGVyMjpodW50ZXIy to it', 'aHVudGVy'],
    [`bad token ${JWT} given`, 'eyJ'],
    [`line\\n${JWT}`, 'eyJ'],
    ['GET /x?password=hunter2&limit=3', 'hunter2'],
    ['GET /x?limit=3&access_token=hunter2', 'hunter2'],
    ['/callback?next=%2Fx%3Ftoken%3Dhunter2', 'hunter2'],
    ['{"email":"a@b.c","password":"hunter2","n":1}', 'hunter2'],
    ['{"password":"hun\\"hunter2"}', 'hunter2'],
    ['"{\\"password\\":\\"hunter2\\"}"', 'hunter2'],
    ['{"password":81547290}', '81547290'],
    ['{"password" : "hunter2 unfinished', 'hunter2'],
    ["{ password: 'hunter2' }", 'hunter2'],
    ['{ passwordHash: "hunter2" }', 'hunter2'],
    ['postgres://app:hunter2@db:5432/x', 'hunter2'],
    ['connect to redis://:hunter2@cache:6379 failed', 'hunter2'],
    ['postgres://app:hun@hunter2@db/x', 'hunter2'],
    ['host=db user=app password=hunter2 dbname=x', 'hunter2'],
    ['password:hunter2', 'hunter2'],
    ['Cookie: a=hunter2; b=hunter2', 'hunter2'],
    ['set-cookie: sid=hunter2; HttpOnly', 'hunter2'],
    ['x-api-key=hunter2', 'hunter2'],
    ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----', 'hunter2'],
    ['hash $argon2id$v=19$m=19456$hunter2', 'hunter2'],
    ['https://bucket/x?X-Amz-Signature=hunter2', 'hunter2'],
  ])('%s', (text, secret) => {
    const clean = redactText(text);
    expect(clean).not.toContain(secret);
    expect(clean).toContain('[redacted]');
    expect(redactText(clean)).toBe(clean);
  });

  test.each([
    'GET /api/v1/feed/unified?limit=20&cursor=abc',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'http://localhost:8787/docs',
    'mailto bob@example.com',
    'password: must be at least 10 characters',
    'SELECT "id", "password_hash" FROM "users" WHERE "email" = $1',
    'basic plan',
  ])('%s stays as it is', (text) => expect(redactText(text)).toBe(text));

  test('what is around a secret is kept', () => {
    expect(redactText('postgres://app:hunter2@db:5432/x?sslmode=require')).toBe(
      'postgres://app:[redacted]@db:5432/x?sslmode=require',
    );
    expect(redactText('/x?token=abc&limit=3')).toBe('/x?token=[redacted]&limit=3');
  });

  test.each([
    ['a'],
    ['eyJ'],
    ['eyJ.'],
    ['password'],
    ['password='],
    ['password="'],
    ['"password":\\'],
    ['bearer '],
    ['://a:'],
    ['://a:b@'],
    ['cookie: '],
    ['$argon2'],
    ['-----BEGIN PRIVATE KEY-----'],
    ['\\'],
    ['token'],
    ['authorization '],
    ['basic a'],
    ['secret-'],
    ['%3D'],
    ["token: '"],
  ])('1 MB of %j costs milliseconds', (part) => {
    const text = `password ${part.repeat(Math.ceil(1_000_000 / part.length))}`;
    const start = performance.now();
    redactText(text);
    expect(performance.now() - start).toBeLessThan(250);
  });
});

describe('fields', () => {
  test('secrets go at any depth, in lists, in maps, whatever their type', () => {
    const shown = JSON.stringify(
      redactFields({
        body: {
          user: [{ Password: 'hunter2', name: 'bob' }],
          tokens: ['hunter2'],
          nested: { 'set-cookie': ['hunter2'] },
        },
        map: new Map([['api_key', 'hunter2']]),
        password: 12345678,
        list: ['Bearer hunter2'],
        url: new URL('redis://:hunter2@h'),
        'Bearer hunter2': 1,
      }),
    );
    expect(shown).not.toMatch(/hunter2|12345678/);
    expect(shown).toContain('bob');
  });

  test('an error keeps type, message, stack and causes, without secrets', () => {
    const cause = new Error('connect postgres://u:hunter2@h failed');
    const error = new TypeError('no {"password":"hunter2"}', { cause });
    const shown = redactFields({ error }) as { error: { type: string; message: string; stack: string } };
    expect(shown.error.type).toBe('TypeError');
    expect(shown.error.stack).toContain('caused by: Error: connect postgres://u:[redacted]@h failed');
    expect(shown.error.stack).toContain('redact.test.ts');
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });

  test('nothing breaks it', () => {
    const cycle: Record<string, unknown> = { name: 'cycle' };
    cycle.self = cycle;
    const selfCaused = new Error('self');
    selfCaused.cause = selfCaused;
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i += 1) deep = { deep };
    const thrower = {
      get bad(): string {
        throw new Error('no');
      },
      good: 1,
    };
    const badError = new Error('x');
    Object.defineProperty(badError, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    const shown = redactFields({
      cycle,
      selfCaused,
      deep,
      thrower,
      badError,
      aggregate: new AggregateError([new Error('one'), 'two'], 'several'),
      big: 12n,
      date: new Date(0),
      badDate: new Date(Number.NaN),
      buffer: Buffer.alloc(100_000),
      fn: () => 1,
      symbol: Symbol('s'),
      nan: Number.NaN,
      nothing: undefined,
      none: null,
      set: new Set([1]),
      bare: Object.assign(Object.create(null), { a: 1 }),
      proto: JSON.parse('{"__proto__":{"polluted":true}}'),
      json: {
        toJSON: () => {
          throw new Error('no');
        },
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      huge: 'x'.repeat(1_000_000),
      wide: Array.from({ length: 100_000 }, (_, i) => ({ i })),
    });
    const text = JSON.stringify(shown);
    expect(text.length).toBeLessThan(64_000);
    const read = JSON.parse(text);
    expect(read).toMatchObject({
      cycle: { name: 'cycle', self: '[circular]' },
      big: '12',
      date: '1970-01-01T00:00:00.000Z',
      badDate: 'Invalid Date',
      buffer: '[100000 bytes]',
      thrower: { bad: '[unreadable]', good: 1 },
      none: null,
      set: [1],
      bare: { a: 1 },
      nan: 'NaN',
    });
    expect(read.aggregate.stack).toContain('caused by: Error: one');
    expect(read.huge).toMatch(/cut, 1000000 characters/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('a secret that straddles the cut does not show its first half', () => {
    for (let before = 8192 - 40; before <= 8192 + 1100; before += 7) {
      const text = `${'x'.repeat(before)} postgres://app:hunter2hunter2hunter2@db/x ${'y'.repeat(5000)}`;
      expect(JSON.stringify(redactFields({ text }))).not.toContain('hunt');
    }
  });
});
