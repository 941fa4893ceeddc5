import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/integrations/free-port.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const PROGRAM = fileURLToPath(new URL('open-program.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sidechain-test-open-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Opened {
  system: string;
  sdk: boolean;
  took: number;
}

/** @returns what the program said in the end, and what it logged before */
const open = async (env: NodeJS.ProcessEnv, wait = 0): Promise<{ opened: Opened; logged: string[] }> => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, String(wait)], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, ...env },
    timeout: 20_000,
  });
  const lines = stdout.trim().split('\n');
  return { opened: JSON.parse(lines.pop() ?? '') as Opened, logged: lines };
};

const S3 = { S3_BUCKET: 'uploads', S3_ACCESS_KEY_ID: 'some-key-id', S3_SECRET_ACCESS_KEY: 'some-secret-0123456789' };

describe('opening the storage', () => {
  test('makes a folder in DATA_DIR, and loads nothing of the SDK', async () => {
    expect(await open({})).toMatchObject({ opened: { system: 'local', sdk: false }, logged: [] });
    expect(existsSync(join(folder, 'audio', '.incoming'))).toBe(true);
    await open({ STORAGE_DIR: join(folder, 'elsewhere') });
    expect(existsSync(join(folder, 'elsewhere', '.incoming'))).toBe(true);
  });

  test('fails where the folder cannot be', async () => {
    await writeFile(join(folder, 'file'), 'x');
    await expect(open({ STORAGE_DIR: join(folder, 'file') })).rejects.toThrow(
      `nothing can be stored in the folder ${join(folder, 'file')} (ENOTDIR)`,
    );
  });

  test('warns of a bucket that is away, without its credentials, and goes on', async () => {
    const port = await freePort();
    const { opened, logged } = await open({ ...S3, S3_ENDPOINT: `http://127.0.0.1:${port}` }, 1500);
    expect(opened).toMatchObject({ system: 's3', sdk: true });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('"level":"warn"');
    expect(logged[0]).toContain(`the S3 server 127.0.0.1:${port} cannot be reached (ECONNREFUSED`);
    expect(logged[0]).not.toMatch(/some-key-id|some-secret/);
  });

  test('does not wait for a server that never answers, neither when it opens nor when it closes', async () => {
    const silent = await startTcpProxy();
    const { opened, logged } = await open({ ...S3, S3_ENDPOINT: silent.url }, 300);
    expect(opened.took).toBeLessThan(3000);
    expect(logged).toEqual([]);
    await silent.close();
  });
});
