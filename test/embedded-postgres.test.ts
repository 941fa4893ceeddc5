import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/integrations/postgres/embedded.ts';
import { birthOf, isAlive } from '../src/integrations/processes.ts';
import { temporaryFolder } from './support/servers.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
/** What only root can try; not counted as skipped for others, who cannot make it fail either. */
const asRoot = isRoot ? it : (): void => {};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const folderFor = (name: string): string => {
  const folder = temporaryFolder(name);
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const warn = vi.fn();
const start = async (dataDir: string, port = 0): Promise<EmbeddedPostgres> => {
  warn.mockClear();
  const server = await startEmbeddedPostgres({ dataDir, port, log: { info: () => {}, warn, error: console.error } });
  cleanups.push(() => server.stop());
  return server;
};

interface Said {
  url?: string;
  error?: string;
  warnings: string[];
}

/** A process of its own that holds a server, as `npm start` does. */
const hold = async (dataDir: string, uid?: number): Promise<Said & { child: ChildProcess }> => {
  const script = join(import.meta.dirname, 'support/postgres-holder.ts');
  const child = spawn(process.execPath, [script, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { ...(JSON.parse(line) as Said), child };
};

const query = async (url: string | undefined, sql: string): Promise<pg.QueryResultRow[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const serverPid = (folder: string): number =>
  Number(readFileSync(join(folder, 'cluster/data/postmaster.pid'), 'utf8').split('\n')[0]);

const isGone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100 && isAlive(pid); i += 1) await sleep(100);
  return !isAlive(pid);
};

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next, and asks for its password', async () => {
    const folder = folderFor('pg');
    const first = await start(folder);
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS id');
    await first.stop();
    const second = await start(folder);
    expect(await query(second.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    const guess = new URL(second.url);
    guess.password = 'guess';
    await expect(query(guess.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect(await query(second.url, `SELECT current_setting('listen_addresses') AS a`)).toEqual([{ a: '127.0.0.1' }]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('writes nothing of what it stores into its log', async () => {
    const folder = folderFor('pg');
    const { url } = await start(folder);
    await query(url, 'CREATE TABLE people (email text PRIMARY KEY)');
    await query(url, `INSERT INTO people VALUES ('secret@example.com')`);
    await expect(query(url, `INSERT INTO people VALUES ('secret@example.com')`)).rejects.toThrow(/duplicate key/);
    expect(readFileSync(join(folder, 'server.log'), 'utf8')).not.toContain('secret');
  });

  it('says that another process uses the folder, and leaves that one alone', async () => {
    const folder = folderFor('pg');
    const { url, child } = await hold(folder);
    await expect(start(folder)).rejects.toThrow(`another Sidechain (process ${child.pid}) is running on ${folder}`);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('does not outlive a process that is killed, and starts again after that with its data', async () => {
    const folder = folderFor('pg');
    const { url, child } = await hold(folder);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS id');
    const pid = serverPid(folder);
    child.kill('SIGKILL');
    // At once: the guardian of the killed one may still be stopping it.
    const again = await start(folder);
    expect(await query(again.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    expect(await isGone(pid)).toBe(true);
  });

  it('does not outlive it when nobody starts it again either', async () => {
    const folder = folderFor('pg');
    const { child } = await hold(folder);
    const pid = serverPid(folder);
    child.kill('SIGKILL');
    expect(await isGone(pid)).toBe(true);
  });

  it('is not reached by a Ctrl-C that the terminal sends to the whole process group', async () => {
    const folder = folderFor('pg');
    const { url, child } = await hold(folder);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await sleep(300);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('does not take the id of a dead server, used by another process since, for a server', async () => {
    const folder = folderFor('pg');
    const first = await start(folder);
    const pidFile = join(folder, 'cluster/data/postmaster.pid');
    const left = readFileSync(pidFile, 'utf8');
    await first.stop();
    const other = spawn('sleep', ['60'], isRoot ? { uid: NOBODY } : {});
    cleanups.push(() => other.kill());
    writeFileSync(pidFile, left.replace(/^\d+/, String(other.pid)), { mode: 0o600 });
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: other.pid, birth: `not ${birthOf(other.pid ?? 0)}` }));
    await start(folder);
    expect(isAlive(other.pid ?? 0)).toBe(true);
  });

  it('throws away what an interrupted first start left, and moves aside what is half a cluster', async () => {
    const folder = folderFor('pg');
    mkdirSync(join(folder, 'making-abc/data'), { recursive: true });
    mkdirSync(join(folder, 'cluster/data'), { recursive: true });
    writeFileSync(join(folder, 'cluster/data/PG_VERSION'), '18\n');
    await start(folder);
    const names = readdirSync(folder);
    expect(names).not.toContain('making-abc');
    const aside = names.find((name) => name.startsWith('cluster.incomplete-')) ?? 'none';
    expect(readFileSync(join(folder, aside, 'data/PG_VERSION'), 'utf8')).toBe('18\n');
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(aside));
  });

  it('does not touch the data of another version', async () => {
    const folder = folderFor('pg');
    await (await start(folder)).stop();
    writeFileSync(join(folder, 'cluster/data/PG_VERSION'), '17\n');
    await expect(start(folder)).rejects.toThrow(/holds data of PostgreSQL 17, this is 18/);
  });

  it('says that a port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => blocker.close());
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const folder = folderFor('pg');
    await expect(start(folder, port)).rejects.toThrow(`port ${port}, wanted for PostgreSQL, is taken`);
    // And the folder is free again.
    await start(folder);
  });

  it('says that a folder cannot be written to', async () => {
    const folder = folderFor('pg');
    chmodSync(folder, 0o555);
    const { error } = await hold(join(folder, 'postgres'), isRoot ? NOBODY : undefined);
    expect(error).toMatch(
      /^cannot write to .*postgres \(EACCES\): give another folder with --data-dir, or set DATABASE_URL$/,
    );
  });

  asRoot('runs as whoever owns the data, started by root or by that user', async () => {
    const folder = folderFor('pg');
    chownSync(folder, NOBODY, NOBODY);
    const { url, child } = await hold(folder, NOBODY);
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS id');
    child.kill('SIGKILL');
    const byRoot = await start(folder);
    expect(await query(byRoot.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    await byRoot.stop();
    const again = await hold(folder, NOBODY);
    expect(again).toMatchObject({ warnings: [] });
    expect(await query(again.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  asRoot('keeps the data elsewhere, and says so, when root starts it in a folder closed to others', async () => {
    const folder = folderFor('pg');
    mkdirSync(join(folder, 'closed'), { mode: 0o700 });
    const server = await start(join(folder, 'closed/postgres'));
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/cannot enter .*closed\/postgres: the data is kept in \//),
    );
    const elsewhere = String(warn.mock.calls[0]?.[0]).split('kept in ')[1] ?? '';
    cleanups.unshift(() => rmSync(elsewhere, { recursive: true }));
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
