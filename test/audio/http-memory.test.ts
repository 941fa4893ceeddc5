import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Person, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { FORM, UPLOAD } from './http-app.ts';
import { file, formOf, RawClient, wav } from './multipart.ts';

/** Milliseconds of one upload. By hand, over a slower connection: UPLOAD_SECONDS=120 npx vitest run test/audio/http-memory */
const DURATION = Number(process.env.UPLOAD_SECONDS ?? 4) * 1000;

let database: TestDatabase;
let server: ServerProcess;
let alice: Person;

beforeAll(async () => {
  database = await createTestDatabase();
  // The worker would need memory of its own.
  server = await startServer({ databaseUrl: database.url, env: { RATE_LIMIT_ENABLED: 'false', ROLES: 'api' } });
  alice = await register(server.url);
});
afterAll(async () => {
  await server?.stop();
  await database?.close();
});

/** Bytes of memory that the server has, as the system sees it. */
const memory = (): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
};

const formOfSize = (bytes: number): Buffer => formOf([file(Buffer.concat([wav(1), Buffer.alloc(bytes - 20_000, 7)]))]);
const large = formOfSize(50 << 20);
const small = formOfSize(10 << 20);

/** Sends a form in small pieces, evenly, in `milliseconds`. */
const send = async (form: Buffer, milliseconds: number): Promise<number> => {
  const client = new RawClient(Number(new URL(server.url).port));
  await client.head(UPLOAD, [
    `Authorization: Bearer ${alice.token}`,
    `Content-Type: ${FORM}`,
    `Content-Length: ${form.length}`,
  ]);
  const began = performance.now();
  for (let at = 0; at < form.length; at += 32 << 10) {
    await client.write(form.subarray(at, at + (32 << 10)));
    const ahead = (at / form.length) * milliseconds - (performance.now() - began);
    if (ahead > 1) await sleep(ahead);
  }
  const { status } = await client.answer();
  client.socket.destroy();
  return status;
};

/** How much more memory than before there is at most while `work` runs. */
const growth = async (work: () => Promise<unknown>): Promise<number> => {
  const before = memory();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, memory());
  }, 20);
  await work();
  clearInterval(timer);
  return (most - before) / 1024 / 1024;
};

it.skipIf(process.platform !== 'linux')(
  'holds less than 10 MB of an upload of 50 MiB that comes slowly',
  async () => {
    // What runs for the first time is compiled, and V8's heap finds its size.
    expect(await send(large, 0)).toBe(202);
    expect(await send(large, 0)).toBe(202);
    await sleep(500);
    const grown = await growth(async () => expect(await send(large, DURATION)).toBe(202));
    expect(grown, 'MB').toBeLessThan(10);
  },
  DURATION + 30_000,
);

it.skipIf(process.platform !== 'linux')(
  'holds little of 20 at once',
  async () => {
    const grown = await growth(async () => {
      const statuses = await Promise.all(Array.from({ length: 20 }, () => send(small, 0)));
      expect(statuses).toEqual(Array(20).fill(202));
    });
    expect(grown).toBeLessThan(100);
  },
  60_000,
);
