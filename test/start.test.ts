import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../src/integrations/processes.ts';
import { temporaryFolder } from './support/servers.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
/** What only root can try; not counted as skipped for others, who cannot make it fail either. */
const asRoot = isRoot ? it : (): void => {};
const root = resolve(import.meta.dirname, '..');

/** A copy of the project, installed, for `npm start` as it is typed. */
let project: string;
beforeAll(() => {
  project = temporaryFolder('project');
  for (const name of ['package.json', 'package-lock.json', 'prisma', 'scripts', 'src'])
    cpSync(join(root, name), join(project, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  // For whoever runs it below; npm wants a home of its own.
  for (const name of ['logs', 'home']) {
    mkdirSync(join(project, name));
    chmodSync(join(project, name), 0o777);
  }
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const dataFolder = (): string => {
  const folder = temporaryFolder('data');
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, '.data');
};

interface Started {
  child: ChildProcess;
  /** Where it listens, or nothing when it ended instead. */
  url: string | undefined;
  code: number | null;
  /** Its log lines of level error. */
  errors: string[];
}

interface Line {
  level: string;
  message: string;
  url?: string;
}

/** Types `npm start` and waits until it is ready or has ended. */
const npmStart = async (dataDir: string, { port = 0, uid }: { port?: number; uid?: number } = {}): Promise<Started> => {
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const child = spawn(
    'npm',
    ['start', '--silent', '--', '--data-dir', dataDir, `--port=${port}`, '--metrics-port', '0'],
    {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: path.join(delimiter),
        HOME: join(project, 'home'),
        NODE_ENV: 'development',
        // The copy has another path each time: what it leaves in the code cache would never be used again.
        NODE_DISABLE_COMPILE_CACHE: '1',
      },
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  const group = -(child.pid ?? 0);
  cleanups.push(() => {
    try {
      process.kill(group, 'SIGKILL');
    } catch {
      // Ended already.
    }
  });
  const lines: Line[] = [];
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part) as Line);
    });
  }
  const ready = (): Line | undefined => lines.find(({ message }) => message === 'ready');
  while (!ready() && child.exitCode === null) await sleep(20);
  const errors = lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  return { child, url: ready()?.url, code: child.exitCode, errors };
};

const postgresOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'cluster/data/postmaster.pid'), 'utf8').split('\n')[0]);

const isUp = async (url: string | undefined): Promise<boolean> => (await fetch(`${url}/health/ready`)).status === 200;

const isGone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100 && isAlive(pid); i += 1) await sleep(100);
  return !isAlive(pid);
};

describe('npm start', () => {
  it('starts out of nothing, and leaves nothing running after Ctrl-C', async () => {
    const data = dataFolder();
    const { url, child } = await npmStart(data);
    expect(await isUp(url)).toBe(true);
    const postgres = postgresOf(data);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await once(child, 'exit');
    expect(await isGone(postgres)).toBe(true);
  });

  it('leaves nothing running after SIGTERM, and ends with 0', async () => {
    const data = dataFolder();
    const { child } = await npmStart(data);
    const postgres = postgresOf(data);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(await isGone(postgres)).toBe(true);
  });

  it('says that it is running already when it is started twice, and the first goes on', async () => {
    const data = dataFolder();
    const first = await npmStart(data);
    const second = await npmStart(data);
    expect(second).toMatchObject({ url: undefined, code: 1 });
    expect(second.errors).toEqual([
      expect.stringMatching(/^not started: another Sidechain \(process \d+\) is running on .*\.data: stop it, or/),
    ]);
    expect(await isUp(first.url)).toBe(true);
  });

  it('says that its port is taken, and leaves nothing running', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => blocker.close());
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const data = dataFolder();
    const { code, errors } = await npmStart(data, { port });
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^not started: .*${port}`))]);
    expect(() => postgresOf(data)).toThrow(/ENOENT/);
  });

  it('starts on a half-written data folder, and keeps what was in it', async () => {
    const data = dataFolder();
    mkdirSync(join(data, 'cluster/data'), { recursive: true });
    mkdirSync(join(data, 'making-x/data'), { recursive: true });
    writeFileSync(join(data, 'cluster/data/PG_VERSION'), '18\n');
    const { url } = await npmStart(data);
    expect(await isUp(url)).toBe(true);
  });

  it('leaves no server behind a kill -9, and starts again after it with its people', async () => {
    const data = dataFolder();
    const first = await npmStart(data);
    const postgres = postgresOf(data);
    process.kill(-(first.child.pid ?? 0), 'SIGKILL');
    expect(await isGone(postgres)).toBe(true);
    const second = await npmStart(data);
    const alice = await fetch(`${second.url}/api/v1/users/alice/profile`);
    expect(alice.status).toBe(200);
  });

  it('says that it cannot write', async () => {
    const folder = temporaryFolder('closed');
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o555);
    const { code, errors } = await npmStart(join(folder, '.data'), isRoot ? { uid: NOBODY } : {});
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/^not started: .*\.data/)]);
  });

  asRoot('starts for an ordinary user, as for root', async () => {
    const data = dataFolder();
    mkdirSync(data);
    chownSync(data, NOBODY, NOBODY);
    const { url } = await npmStart(data, { uid: NOBODY });
    expect(await isUp(url)).toBe(true);
  });
});
