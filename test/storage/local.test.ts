import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { LocalStorage } from '../../src/integrations/storage/local-storage.ts';
import { StorageError } from '../../src/integrations/storage/storage.ts';
import { describeStorage, inPieces, MIB, stuckAfter } from './contract.ts';

const TYPE = { contentType: 'audio/wav' };
const parent = await mkdtemp(join(tmpdir(), 'sidechain-test-local-'));
afterAll(() => rm(parent, { recursive: true, force: true }));

describeStorage('a local folder', async () => {
  const folder = join(parent, 'contract', 'made');
  const storage = await LocalStorage.open(folder);
  const incoming = join(folder, '.incoming');
  return {
    storage,
    unfinished: async () => (await readdir(incoming)).length,
    leaveUnfinished: () => writeFile(join(incoming, `${randomUUID()}.part`), 'half of it'),
    close: () => storage.close(),
  };
});

describe('a local folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(parent, 'own-'));
  });

  const small = () => inPieces(Buffer.from('x'));

  test('is closed to others, and so is what is in it', async () => {
    const root = join(folder, 'made');
    const storage = await LocalStorage.open(root);
    await storage.put('a/b/c', small(), TYPE);
    const mode = async (...path: string[]) => (await stat(join(root, ...path))).mode & 0o777;
    expect(await Promise.all([mode(), mode('.incoming'), mode('a'), mode('a', 'b')])).toEqual([
      0o700, 0o700, 0o700, 0o700,
    ]);
    expect(await mode('a', 'b', 'c')).toBe(0o600);
  });

  test('has no empty folder left after a delete', async () => {
    const storage = await LocalStorage.open(folder);
    await storage.put('a/b/c/d', small(), TYPE);
    await storage.put('a/e', small(), TYPE);
    await storage.delete(['a/b/c/d']);
    expect(await readdir(join(folder, 'a'))).toEqual(['e']);
    await storage.delete(['a/e']);
    expect(await readdir(folder)).toEqual(['.incoming']);
  });

  test('may hold what is not ours: it is neither listed nor touched', async () => {
    const storage = await LocalStorage.open(folder);
    await storage.put('a/b', small(), TYPE);
    await mkdir(join(folder, 'lost+found'));
    await writeFile(join(folder, 'a', '.DS_Store'), 'x');
    await writeFile(join(folder, '.incoming', 'notes.txt'), 'x');
    const keys: string[] = [];
    for await (const { key } of storage.list('')) keys.push(key);
    expect(keys).toEqual(['a/b']);
    await storage.removeUnfinished(new Date(Date.now() + 60_000));
    expect(existsSync(join(folder, '.incoming', 'notes.txt'))).toBe(true);
  });

  test('lists by whole keys, not folder by folder', async () => {
    const storage = await LocalStorage.open(folder);
    const keys = ['a/b', 'a-b', 'a.b', 'a/c/d', 'a0', 'a/c-d', 'b'];
    for (const key of keys) await storage.put(key, small(), TYPE);
    const listed: string[] = [];
    for await (const { key } of storage.list('')) listed.push(key);
    expect(listed).toEqual(keys.sort());
  });

  test('is shared by several: one empties folders that the others store into', async () => {
    const [one, other] = [await LocalStorage.open(folder), await LocalStorage.open(folder)];
    const work = async (storage: LocalStorage, name: string): Promise<void> => {
      for (let n = 0; n < 150; n += 1) {
        await storage.put(`a/b/${name}`, small(), TYPE);
        expect(await storage.stat(`a/b/${name}`)).toBeDefined();
        await storage.delete([`a/b/${name}`]);
      }
    };
    await Promise.all([work(one, 'x'), work(other, 'y'), work(one, 'z')]);
    expect(await readdir(folder)).toEqual(['.incoming']);
  });

  test('does not open where it cannot be written to, and says so', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    for (const path of [file, join(file, 'below'), '/proc/none']) {
      const failure: unknown = await LocalStorage.open(path).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StorageError);
      expect(String(failure)).toMatch(`nothing can be stored in the folder ${path} (E`);
    }
  });

  test('that goes away is unavailable, not empty', async () => {
    const storage = await LocalStorage.open(join(folder, 'made'));
    await rm(join(folder, 'made'), { recursive: true });
    await expect(storage.ping()).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(storage.put('a', small(), TYPE)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  const mounted = (...options: string[]): boolean => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test('on a disk that is full says so, leaves nothing, and goes on once there is room', async ({ skip }) => {
    if (!mounted('size=2m')) skip('mounting a small disk needs privileges');
    try {
      const storage = await LocalStorage.open(join(folder, 'full'));
      await expect(storage.put('a', stuckAfter(10 * MIB), TYPE)).rejects.toMatchObject({ reason: 'full' });
      expect(await readdir(join(folder, 'full', '.incoming'))).toEqual([]);
      await storage.put('b', inPieces(Buffer.alloc(MIB, 'b')), TYPE);
      // A copy for which the worker's disk has no room.
      const copy = join(folder, 'copy');
      await writeFile(join(folder, 'ballast'), Buffer.alloc(MIB / 2));
      await expect(storage.getFile('b', copy)).rejects.toMatchObject({ reason: 'full' });
      expect(existsSync(copy)).toBe(false);
      await rm(join(folder, 'ballast'));
      await storage.getFile('b', copy);
      expect(await readFile(copy)).toEqual(Buffer.alloc(MIB, 'b'));
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  test('on a disk that is read-only does not open', async ({ skip }) => {
    if (!mounted('size=1m', 'ro')) skip('mounting a small disk needs privileges');
    try {
      await expect(LocalStorage.open(folder)).rejects.toThrow('(EROFS)');
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
