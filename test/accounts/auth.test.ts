import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { getCurrentUser } from '../../src/features/auth/current-user.ts';
import { login } from '../../src/features/auth/login.ts';
import { createLoginAttempts } from '../../src/features/auth/login-attempts.ts';
import { logout } from '../../src/features/auth/logout.ts';
import { refresh } from '../../src/features/auth/refresh.ts';
import { register } from '../../src/features/auth/register.ts';
import { createRevocations } from '../../src/features/auth/revocations.ts';
import { createAccessTokens } from '../../src/features/auth/tokens.ts';
import { createTestBus, join, PASSWORD, useWorld } from './harness.ts';

const { get, move, bus } = useWorld();

/** What went wrong, as a caller is told. */
const failure = async (
  action: Promise<unknown>,
): Promise<{ code: string; field: string | undefined; message: string; retryAfter: number | undefined }> => {
  const error = await action.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  return { code: error.code, field: error.field, message: error.message, retryAfter: error.retryAfter };
};

const UNAUTHORIZED = { code: 'UNAUTHORIZED' };

describe('registering', () => {
  it('makes an account that is logged in', async () => {
    const alice = await join(get(), 'alice');
    expect(alice.user).toMatchObject({
      email: 'alice@example.com',
      username: 'alice',
      roles: ['MEMBER'],
      followerCount: 0,
    });
    expect(await get().tokens.verify(alice.token)).toMatchObject({
      id: alice.user.id,
      username: 'alice',
      roles: ['MEMBER'],
    });
    expect(await getCurrentUser(get(), alice.user.id)).toEqual(alice.user);
    const claims = decodeJwt(alice.token);
    expect(claims).toMatchObject({
      sub: alice.user.id,
      email: 'alice@example.com',
      username: 'alice',
      roles: ['MEMBER'],
    });
    expect(claims.jti).toBeTypeOf('string');
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(15 * 60);
    expect(decodeProtectedHeader(alice.token)).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
  });

  it('keeps neither the password nor the refresh token', async () => {
    const person = await join(get(), 'nosecrets');
    const rows = JSON.stringify([
      await get().db.$queryRaw`SELECT u::text FROM users u`,
      await get().db.$queryRaw`SELECT t::text FROM refresh_tokens t`,
    ]);
    expect(rows).not.toContain(PASSWORD);
    expect(rows).not.toContain(person.refreshToken);
    expect(rows).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  });

  it('names what is taken', async () => {
    const taken = { email: 'taken@example.com', username: 'taken', displayName: 'T', password: PASSWORD };
    await register(get(), taken);
    expect(await failure(register(get(), { ...taken, username: 'other' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      field: 'email',
    });
    expect(await failure(register(get(), { ...taken, email: 'o@example.com' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      field: 'username',
    });
    expect(await failure(register(get(), taken))).toMatchObject({ code: 'ALREADY_EXISTS', field: 'email' });
  });

  it.each([
    ['Short1!', 'at least 8'],
    ['alllower-7', 'upper-case'],
    ['ALLUPPER-7', 'lower-case'],
    ['No-Digits-here', 'digit'],
    ['NoSpecial77', 'special'],
    [`Aa1!${'x'.repeat(125)}`, 'at most 128'],
    ['P@ssw0rd1!', 'common'],
    ['Password1!', 'common'],
    ['Welcome123!', 'common'],
    ['Qwerty12345!', 'common'],
    ['1Qaz@wsx', 'common'],
    ['Summer2024!', 'common'],
  ])('refuses the password %s', async (password, reason) => {
    const result = await failure(
      register(get(), { email: 'weak@example.com', username: 'weak', displayName: 'W', password }),
    );
    expect(result).toMatchObject({ code: 'VALIDATION_ERROR', field: 'password' });
    expect(result.message).toContain(reason);
    expect(result.message).not.toContain(password);
  });

  it('of one email 50 times at once makes one account', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) =>
        register(get(), { email: 'race@example.com', username: `race${i}`, displayName: 'R', password: PASSWORD }),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected')
        expect(attempt.reason).toMatchObject({ code: 'ALREADY_EXISTS', status: 409, field: 'email' });
    }
    expect(await get().db.user.count({ where: { email: 'race@example.com' } })).toBe(1);
  });
});

describe('logging in', () => {
  it('takes the right password, and says the same about a wrong one and an unknown account', async () => {
    const carol = await join(get(), 'carol');
    const address = '192.0.2.1';
    const again = await login(get(), { email: 'carol@example.com', password: PASSWORD, address });
    expect(again.user).toEqual(carol.user);
    expect(again.token).not.toBe(carol.token);
    const wrong = await failure(login(get(), { email: 'carol@example.com', password: 'Wrong-Horse-7!', address }));
    const unknown = await failure(login(get(), { email: 'nobody@example.com', password: PASSWORD, address }));
    expect(wrong).toEqual(unknown);
    expect(wrong).toMatchObject({ ...UNAUTHORIZED, message: 'invalid email or password' });
  });

  it('takes as long for an unknown account', async () => {
    await join(get(), 'timed');
    const world = { ...get(), loginAttempts: createLoginAttempts({ enabled: false }) };
    const measure = async (email: string): Promise<number> => {
      const start = performance.now();
      await failure(login(world, { email, password: 'Wrong-Horse-7!', address: '' }));
      return performance.now() - start;
    };
    const ratios: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      ratios.push((await measure('nobody@example.com')) / (await measure('timed@example.com')));
    }
    // Without the dummy hash it would be a tenth.
    expect(ratios.sort((a, b) => a - b)[7]).toSatisfy((ratio: number) => ratio > 0.5 && ratio < 2);
  });

  it('is refused after 5 failures of one account from one address, also 50 at once, and nowhere else', async () => {
    await join(get(), 'guessed');
    const attempt = (password: string, address: string) =>
      login(get(), { email: 'guessed@example.com', password, address });
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => failure(attempt(`Wrong-Horse-${i}!`, '192.0.2.2'))),
    );
    expect(results.filter(({ code }) => code === 'UNAUTHORIZED')).toHaveLength(5);
    const limited = results.filter(({ code }) => code === 'RATE_LIMITED');
    expect(limited).toHaveLength(45);
    for (const { retryAfter } of limited) expect(retryAfter).toSatisfy((s: number) => s > 880 && s <= 900);
    expect(await failure(attempt(PASSWORD, '192.0.2.2'))).toMatchObject({ code: 'RATE_LIMITED' });
    await attempt(PASSWORD, '192.0.2.3');
  });

  it('forgets failures after a success', async () => {
    await join(get(), 'clumsy');
    for (let i = 0; i < 12; i += 1) {
      const password = i % 4 === 3 ? PASSWORD : 'Wrong-Horse-7!';
      await login(get(), { email: 'clumsy@example.com', password, address: '192.0.2.4' }).catch(() => {});
    }
    await login(get(), { email: 'clumsy@example.com', password: PASSWORD, address: '192.0.2.4' });
  });
});

describe('refreshing', () => {
  it('gives a new pair each time, of the same session', async () => {
    const first = await join(get(), 'dora');
    const second = await refresh(get(), first.refreshToken);
    const third = await refresh(get(), second.refreshToken);
    expect(new Set([first, second, third].map((pair) => pair.refreshToken)).size).toBe(3);
    expect((await get().tokens.verify(third.token)).sessionId).toBe((await get().tokens.verify(first.token)).sessionId);
    expect(third.user).toEqual(first.user);
  });

  it('with a spent token ends the session for everyone who has a token of it', async () => {
    const owner = await join(get(), 'erin');
    const other = await login(get(), { email: 'erin@example.com', password: PASSWORD, address: '' });
    const thief = await refresh(get(), owner.refreshToken);
    expect(await failure(refresh(get(), owner.refreshToken))).toMatchObject(UNAUTHORIZED);
    expect(await failure(refresh(get(), thief.refreshToken))).toMatchObject(UNAUTHORIZED);
    expect(await failure(get().tokens.verify(thief.token))).toMatchObject(UNAUTHORIZED);
    expect(await failure(get().tokens.verify(owner.token))).toMatchObject(UNAUTHORIZED);
    // Another login of the same person is another session.
    await get().tokens.verify(other.token);
  });

  it('20 times at once with one token has one winner, and ends the session', async () => {
    const person = await join(get(), 'frank');
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => refresh(get(), person.refreshToken)));
    const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(winners).toHaveLength(1);
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(UNAUTHORIZED);
    expect(await failure(get().tokens.verify(winners[0]?.token ?? ''))).toMatchObject(UNAUTHORIZED);
  });

  it.each([[''], ['garbage'], ['a'.repeat(43)]])('refuses %s', async (token) => {
    expect(await failure(refresh(get(), token))).toMatchObject(UNAUTHORIZED);
  });
});

describe('logging out', () => {
  it('by the access token refuses all tokens of the session at once', async () => {
    const person = await join(get(), 'gina');
    const { sessionId } = await get().tokens.verify(person.token);
    await logout(get(), { sessionId });
    expect(await failure(get().tokens.verify(person.token))).toMatchObject(UNAUTHORIZED);
    expect(await failure(refresh(get(), person.refreshToken))).toMatchObject(UNAUTHORIZED);
    await logout(get(), { sessionId });
  });

  it('by the refresh token does the same; an unknown one is no error; neither is one', async () => {
    const person = await join(get(), 'henry');
    await logout(get(), { refreshToken: person.refreshToken });
    expect(await failure(get().tokens.verify(person.token))).toMatchObject(UNAUTHORIZED);
    await logout(get(), { refreshToken: 'unknown' });
    expect(await failure(logout(get(), {}))).toMatchObject(UNAUTHORIZED);
  });

  it('is known to another instance by the bus, and when the bus lost it, from the database', async () => {
    const world = get();
    const otherBus = createTestBus();
    const other = createRevocations({ db: world.db, bus: otherBus, now: world.now, interval: 50 });
    await other.start();
    const there = createAccessTokens(world.secrets, world.now, other);
    const one = await join(world, 'iris');
    const { sessionId } = await there.verify(one.token);
    await otherBus.publish('session.revoked', sessionId);
    expect(await failure(there.verify(one.token))).toMatchObject(UNAUTHORIZED);

    const two = await join(world, 'jack');
    await there.verify(two.token);
    bus.lose = true;
    await logout(world, { refreshToken: two.refreshToken });
    bus.lose = false;
    expect(await failure(world.tokens.verify(two.token))).toMatchObject(UNAUTHORIZED);
    await expect.poll(() => failure(there.verify(two.token)).catch(() => undefined)).toMatchObject(UNAUTHORIZED);
    other.stop();

    // And to one that starts only now.
    const late = createRevocations({ db: world.db, bus: createTestBus(), now: world.now });
    await late.start();
    expect(
      await failure(
        createAccessTokens(world.secrets, world.now, late)
          .verify(one.token)
          .then(() => createAccessTokens(world.secrets, world.now, late).verify(two.token)),
      ),
    ).toMatchObject(UNAUTHORIZED);
    late.stop();
  });
});

describe('an access token', () => {
  const payload = (sub: string) => ({
    sub,
    email: 'm@example.com',
    username: 'm',
    roles: ['ADMIN'],
    jti: 'j',
    sid: sub,
  });
  const sub = '019a2b3c-0000-7000-8000-000000000001';
  const sign = (
    header: { alg: string; kid?: string },
    key: Parameters<SignJWT['sign']>[0],
    change = (jwt: SignJWT) => jwt,
  ) =>
    change(
      new SignJWT(payload(sub))
        .setProtectedHeader(header)
        .setIssuer('sidechain')
        .setAudience('sidechain-api')
        .setIssuedAt()
        .setExpirationTime('10m'),
    ).sign(key);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('of the right key but for another audience, by another issuer, without expiry, is refused', async () => {
    const { signingKey } = get().secrets;
    const { kid } = decodeProtectedHeader((await join(get(), 'kim')).token);
    const header = { alg: 'EdDSA', kid: kid ?? '' };
    await get().tokens.verify(await sign(header, signingKey));
    for (const change of [
      (jwt: SignJWT) => jwt.setAudience('other'),
      (jwt: SignJWT) => jwt.setIssuer('other'),
      (jwt: SignJWT) => jwt.setSubject('nobody'),
    ]) {
      expect(await failure(get().tokens.verify(await sign(header, signingKey, change)))).toMatchObject(UNAUTHORIZED);
    }
  });

  it('of another key, another algorithm, none, or with a changed payload is refused', async () => {
    const { token } = await join(get(), 'leo');
    const { kid } = decodeProtectedHeader(token);
    const { privateKey } = generateKeyPairSync('ed25519');
    const [head = '', body = '', signature = ''] = token.split('.');
    const publicPem = createPublicKey(get().secrets.signingKey).export({ format: 'pem', type: 'spki' });
    const hmacHead = encode({ alg: 'HS256', kid });
    const hmac = createHmac('sha256', publicPem).update(`${hmacHead}.${body}`).digest('base64url');
    const forged = [
      await sign({ alg: 'EdDSA', kid: kid ?? '' }, privateKey),
      await sign({ alg: 'EdDSA', kid: 'other' }, privateKey),
      await sign({ alg: 'EdDSA' }, privateKey),
      `${encode({ alg: 'none', kid })}.${body}.`,
      `${encode({ alg: 'None' })}.${body}.${signature}`,
      `${hmacHead}.${body}.${hmac}`,
      `${head}.${encode({ ...decodeJwt(token), roles: ['ADMIN'] })}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}`,
      `${head}.${body}.`,
      '',
      '.',
      '..',
      'null',
      token.repeat(20),
      `${token}x`,
    ];
    for (const one of forged) expect(await failure(get().tokens.verify(one))).toMatchObject(UNAUTHORIZED);
    await get().tokens.verify(token);
  });

  it('lives 15 minutes, also where it was seen before; the refresh token 7 days', async () => {
    const person = await join(get(), 'mona');
    move(14 * 60_000);
    await get().tokens.verify(person.token);
    move(61_000);
    expect(await failure(get().tokens.verify(person.token))).toMatchObject({
      ...UNAUTHORIZED,
      message: 'the access token has expired',
    });
    const next = await refresh(get(), person.refreshToken);
    await get().tokens.verify(next.token);
    move(7 * 24 * 60 * 60_000 + 1000);
    expect(await failure(refresh(get(), next.refreshToken))).toMatchObject(UNAUTHORIZED);
  });
});
