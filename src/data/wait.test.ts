import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { nameOfDatabase, waitForDatabase } from './wait.ts';

const log = () => ({ info: vi.fn(), warn: vi.fn() });

/** A port of this machine on which nobody listens. */
const closedPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe('waiting for a database', () => {
  it('returns at once when it answers', async () => {
    const told = log();
    await waitForDatabase(process.env.TEST_POSTGRES_URL ?? '', { seconds: 5, log: told });
    expect(told.warn).not.toHaveBeenCalled();
  });

  it('says once that it waits, then names the database that is not there, never its password', async () => {
    const port = await closedPort();
    const told = log();
    const waiting = waitForDatabase(`postgres://ann:hunter2@127.0.0.1:${port}/loops`, { seconds: 1, log: told });
    await expect(waiting).rejects.toThrow(
      `no database at 127.0.0.1:${port}/loops after 1 s (ECONNREFUSED): start it, or correct DATABASE_URL`,
    );
    expect(told.warn.mock.calls).toEqual([
      [`waiting up to 1 s for the database at 127.0.0.1:${port}/loops (ECONNREFUSED)`],
    ]);
    await expect(waiting).rejects.not.toThrow('hunter2');
  });

  it('does not wait for what waiting cannot change', async () => {
    const wrong = new URL(process.env.TEST_POSTGRES_URL ?? '');
    wrong.password = 'hunter2';
    await expect(waitForDatabase(wrong.href, { seconds: 60, log: log() })).rejects.toThrow('refuses the password');
    const missing = new URL(process.env.TEST_POSTGRES_URL ?? '');
    missing.pathname = '/no_such';
    await expect(waitForDatabase(missing.href, { seconds: 60, log: log() })).rejects.toThrow(
      `${nameOfDatabase(missing.href)} has no database of that name`,
    );
  });

  it('does not hang on a server that accepts and says nothing', async () => {
    const sockets = new Set<import('node:net').Socket>();
    const server = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await expect(waitForDatabase(`postgres://a@127.0.0.1:${port}/b`, { seconds: 1, log: log() })).rejects.toThrow(
      /no database at .* after 1 s/,
    );
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
