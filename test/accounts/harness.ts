import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { Bus } from '../../src/data/bus.ts';
import type { Cache } from '../../src/data/cache/cache.ts';
import type { Database } from '../../src/data/database.ts';
import { createLoginAttempts, type LoginAttempts } from '../../src/features/auth/login-attempts.ts';
import { register } from '../../src/features/auth/register.ts';
import { createRevocations, type Revocations } from '../../src/features/auth/revocations.ts';
import type { Authenticated } from '../../src/features/auth/sessions.ts';
import { type AccessTokens, createAccessTokens } from '../../src/features/auth/tokens.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What features of accounts need, on a real database, with a clock that can be moved. */
export interface World {
  db: Database;
  bus: Bus;
  cache: Cache;
  secrets: { appSecret: string; signingKey: ReturnType<typeof generateKeyPairSync>['privateKey'] };
  tokens: AccessTokens;
  revocations: Revocations;
  loginAttempts: LoginAttempts;
  now: () => Date;
  /** Groups that were invalidated, as `namespace user`. */
  invalidated: string[];
}

export const PASSWORD = 'Correct-Horse-7!';

/** A bus within the process; `lose` drops messages, as a broken connection does. */
export const createTestBus = () => {
  const listeners: ((message: string) => void)[] = [];
  const reconnects: (() => void)[] = [];
  const bus = {
    lose: false,
    publish: async (_topic: string, message: string) => {
      if (bus.lose) throw new Error('the bus is away');
      for (const listener of listeners) listener(message);
    },
    subscribe: (_topic: string, listener: (message: string) => void) => void listeners.push(listener),
    onReconnect: (listener: () => void) => void reconnects.push(listener),
    reconnect: () => {
      for (const listener of reconnects) listener();
    },
    close: async () => {},
  };
  return bus;
};

/** Sets the world up for a test file. `world.offset` moves its clock. */
export const useWorld = (): {
  get: () => World;
  move: (milliseconds: number) => void;
  bus: ReturnType<typeof createTestBus>;
} => {
  let database: TestDatabase;
  let world: World;
  let offset = 0;
  const bus = createTestBus();
  const now = () => new Date(Date.now() + offset);
  beforeAll(async () => {
    database = await createTestDatabase();
    const { privateKey } = generateKeyPairSync('ed25519');
    const revocations = createRevocations({ db: database.db, bus, now });
    const secrets = { appSecret: createHmac('sha256', 'x').digest('hex'), signingKey: privateKey };
    const invalidated: string[] = [];
    const cache = {
      invalidateGroup: async (namespace: string, group: string) => void invalidated.push(`${namespace} ${group}`),
    } as unknown as Cache;
    const tokens = createAccessTokens(secrets, now, revocations);
    const loginAttempts = createLoginAttempts({ enabled: true });
    world = { db: database.db, bus, cache, secrets, tokens, revocations, loginAttempts, now, invalidated };
    await revocations.start();
  });
  afterAll(async () => {
    world.revocations.stop();
    await database.close();
  });
  return { get: () => world, move: (milliseconds) => (offset += milliseconds), bus };
};

/** Registers somebody by name. */
export const join = (world: World, name: string): Promise<Authenticated> =>
  register(world, { email: `${name}@example.com`, username: name, displayName: name, password: PASSWORD });
