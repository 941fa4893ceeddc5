import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ObjectStorage, StorageError, type StoredObject } from '../../src/integrations/storage/storage.ts';

/** A storage and what can only be seen from outside of it. */
export interface StorageUnderTest {
  storage: ObjectStorage;
  /** Puts that have begun and neither ended nor been cleaned away. */
  unfinished(): Promise<number>;
  /** Leaves behind what a process leaves that is killed in the middle of a put. */
  leaveUnfinished(key: string): Promise<void>;
  close(): Promise<void>;
}

export const MIB = 1024 * 1024;
/** Objects that a storage under test lists at once, where it lists in pages. */
export const PAGE = 20;

const TYPE = { contentType: 'audio/wav' };

export const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** `bytes` in pieces as a network brings them. */
export const inPieces = (bytes: Buffer, piece = 65_000): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    })(),
  );

/** So many bytes, then whatever `then` does; without it the stream stays silent for ever. */
export const stuckAfter = (bytes: number, then?: () => void): Readable => {
  let sent = 0;
  return new Readable({
    read() {
      if (sent < bytes) {
        sent += 64 * 1024;
        this.push(Buffer.alloc(64 * 1024, sent % 251));
      } else then?.();
    },
  });
};

const all = async (list: AsyncIterable<StoredObject>): Promise<StoredObject[]> => {
  const found: StoredObject[] = [];
  for await (const one of list) found.push(one);
  return found;
};

const reasonOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof StorageError ? error.reason : String(error)),
  );

/** What every storage does, whichever it is. */
export const describeStorage = (name: string, open: () => Promise<StorageUnderTest>, suite = describe): void => {
  suite(`a storage: ${name}`, () => {
    let under: StorageUnderTest;
    let storage: ObjectStorage;
    let folder: string;

    beforeAll(async () => {
      under = await open();
      storage = under.storage;
      folder = await mkdtemp(join(tmpdir(), 'sidechain-test-files-'));
    });
    afterAll(async () => {
      await under?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const put = (key: string, bytes: Buffer | string) => storage.put(key, inPieces(Buffer.from(bytes)), TYPE);
    const read = async (key: string, range?: { start: number; end: number }): Promise<Buffer | undefined> => {
      const stream = await storage.get(key, range);
      return stream && buffer(stream);
    };

    test('can be used', () => expect(storage.ping()).resolves.toBeUndefined());

    test.each([0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 12 * MIB + 345])(
      'gives back the %i bytes that it was given',
      async (size) => {
        const key = `sizes/${size}/source.wav`;
        const bytes = randomBytes(size);
        const before = Date.now();
        expect(await put(key, bytes)).toEqual({ bytes: size });
        const found = await storage.stat(key);
        expect(found).toMatchObject({ key, bytes: size });
        expect(Math.abs((found?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(10_000);
        expect(digest((await read(key)) ?? Buffer.from('nothing'))).toBe(digest(bytes));
        expect(await under.unfinished()).toBe(0);
      },
    );

    test('puts an object in the place of the one that was there', async () => {
      await put('again/a', 'the first, which is longer');
      await put('again/a', 'the second');
      expect(String(await read('again/a'))).toBe('the second');
    });

    test('a missing object is undefined, and no file comes of it', async () => {
      await put('there/is', 'x');
      for (const key of ['missing', 'missing/a', 'there/is/not', 'there']) {
        expect(await storage.get(key)).toBeUndefined();
        expect(await storage.get(key, { start: 0, end: 1 })).toBeUndefined();
        expect(await storage.stat(key)).toBeUndefined();
      }
      const file = join(folder, 'missing');
      expect(await reasonOf(storage.getFile('missing', file))).toBe('missing');
      expect(await readdir(folder)).toEqual([]);
    });

    test('reads ranges, both ends included', async () => {
      const bytes = randomBytes(300_000);
      await put('range/a', bytes);
      for (const [start, end] of [
        [0, 0],
        [0, 99],
        [100, 250_000],
        [299_999, 299_999],
        [299_000, 5_000_000],
      ] as const) {
        expect(await read('range/a', { start, end })).toEqual(bytes.subarray(start, end + 1));
      }
      await expect(storage.get('range/a', { start: 300_000, end: 300_001 })).rejects.toThrow(RangeError);
      await expect(storage.get('range/a', { start: 5, end: 4 })).rejects.toThrow(RangeError);
      await put('range/empty', '');
      await expect(storage.get('range/empty', { start: 0, end: 0 })).rejects.toThrow(RangeError);
    });

    test('lists what begins with a prefix, sorted, more than one page of it', async () => {
      const keys = Array.from({ length: PAGE * 2 + 7 }, (_, n) => `list/many/${String(n).padStart(5, '0')}/a`);
      keys.push('list/m', 'list/many-more/a', 'list/other');
      const waiting = [...keys].reverse();
      const work = async (): Promise<void> => {
        for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await put(key, 'x');
      };
      await Promise.all(Array.from({ length: 16 }, work));
      const keysOf = async (prefix: string) => (await all(storage.list(prefix))).map(({ key }) => key);
      const within = (prefix: string) => keys.filter((key) => key.startsWith(prefix)).sort();
      expect(await keysOf('list/many/')).toEqual(within('list/many/'));
      for (const prefix of ['list/many/0000', 'list/many/00007/', 'list/many/00007/a', 'list/o']) {
        expect(await keysOf(prefix)).toEqual(within(prefix));
      }
      expect((await keysOf('list/m')).sort()).toEqual(within('list/m'));
      expect(await keysOf('nothing/')).toEqual([]);
      expect(await keysOf('nothing')).toEqual([]);
      // Who has seen enough stops.
      for await (const { key, bytes } of storage.list('list/')) {
        expect([key, bytes]).toEqual(['list/m', 1]);
        break;
      }
      await storage.delete(keys);
      expect(await keysOf('list/')).toEqual([]);
    });

    test('deletes what is there and does not mind what is not', async () => {
      await put('gone/deep/down/a', 'a');
      await put('gone/deep/b', 'b');
      await storage.delete(['gone/deep/down/a', 'gone/none', 'gone/deep/down/a', 'gone/deep', 'nowhere/at/all']);
      expect((await all(storage.list('gone/'))).map(({ key }) => key)).toEqual(['gone/deep/b']);
      await storage.delete(['gone/deep/b']);
      expect(await all(storage.list('gone'))).toEqual([]);
      await storage.delete([]);
    });

    const HOSTILE = ['', '/', '/etc/passwd', '..', '../x', 'a/../../x', 'a/./b', 'a//b', 'a/', './a', '.incoming/x'];
    test.each([...HOSTILE, 'a\0b', 'a\\b', 'A', 'a b', 'ä', '%2e%2e/x', 'a\n', 'x'.repeat(600)])(
      'refuses the key %j',
      async (key) => {
        const source = inPieces(Buffer.from('x'));
        await expect(storage.put(key, source, TYPE)).rejects.toThrow(RangeError);
        expect(source.destroyed).toBe(true);
        await expect(storage.putFile(key, join(folder, 'none'), TYPE)).rejects.toThrow(RangeError);
        await expect(storage.get(key)).rejects.toThrow(RangeError);
        await expect(storage.getFile(key, join(folder, 'none'))).rejects.toThrow(RangeError);
        await expect(storage.stat(key)).rejects.toThrow(RangeError);
        await expect(storage.delete(['fine', key])).rejects.toThrow(RangeError);
        if (key !== '' && key !== 'a/') await expect(all(storage.list(key))).rejects.toThrow(RangeError);
      },
    );

    test.each([1000, 7 * MIB])('leaves nothing of a source that fails after %i bytes, and says why', async (bytes) => {
      const reason = new Error('the client went away');
      const source: Readable = stuckAfter(bytes, () => source.destroy(reason));
      await expect(storage.put('failing/a', source, TYPE)).rejects.toBe(reason);
      expect(await storage.stat('failing/a')).toBeUndefined();
      expect(await under.unfinished()).toBe(0);
    });

    test('keeps what was there when a source fails', async () => {
      await put('kept/a', 'as before');
      const source: Readable = stuckAfter(6 * MIB, () => source.destroy(new Error('no more')));
      await expect(storage.put('kept/a', source, TYPE)).rejects.toThrow('no more');
      expect(String(await read('kept/a'))).toBe('as before');
    });

    test('a source that is closed without an end, before or while it is read, is no object', async () => {
      const closed = stuckAfter(0);
      closed.destroy();
      await expect(storage.put('closed/a', closed, TYPE)).rejects.toThrow();
      const broken = stuckAfter(0);
      broken.destroy(new Error('broken before'));
      await expect(storage.put('closed/a', broken, TYPE)).rejects.toThrow('broken before');
      const source: Readable = stuckAfter(1000, () => source.destroy());
      await expect(storage.put('closed/a', source, TYPE)).rejects.toThrow('Premature close');
      expect(await storage.stat('closed/a')).toBeUndefined();
      expect(await under.unfinished()).toBe(0);
    });

    test.each([0, 1000, 7 * MIB])('aborting a put that is stuck after %i bytes ends it at once', async (bytes) => {
      const stop = new AbortController();
      const source = stuckAfter(bytes);
      const ended = reasonOf(storage.put('aborted/a', source, { ...TYPE, signal: stop.signal }));
      await sleep(200);
      const before = performance.now();
      stop.abort();
      expect(await ended).toBe('aborted');
      expect(performance.now() - before).toBeLessThan(1000);
      expect(source.destroyed).toBe(true);
      expect(await storage.stat('aborted/a')).toBeUndefined();
      expect(await under.unfinished()).toBe(0);
    });

    test('a put, putFile or getFile that is aborted before it begins does nothing', async () => {
      await put('before/is', 'x');
      const signal = AbortSignal.abort();
      const file = join(folder, 'aborted');
      const source = stuckAfter(10);
      expect(await reasonOf(storage.put('before/a', source, { ...TYPE, signal }))).toBe('aborted');
      expect(source.destroyed).toBe(true);
      expect(await reasonOf(storage.getFile('before/is', file, { signal }))).toBe('aborted');
      await writeFile(file, 'x');
      expect(await reasonOf(storage.putFile('before/b', file, { ...TYPE, signal }))).toBe('aborted');
      await rm(file);
      expect((await all(storage.list('before/'))).map(({ key }) => key)).toEqual(['before/is']);
      expect(await under.unfinished()).toBe(0);
    });

    test('nothing can be seen of an object before all of it is stored', async () => {
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const source: Readable = stuckAfter(7 * MIB, () => void finished.then(() => source.push(null)));
      const stored = storage.put('unseen/a', source, TYPE);
      await sleep(300);
      expect(await under.unfinished()).toBe(1);
      expect(await storage.stat('unseen/a')).toBeUndefined();
      expect(await all(storage.list('unseen/'))).toEqual([]);
      finish();
      expect(await stored).toEqual({ bytes: 7 * MIB });
      expect(await all(storage.list('unseen/'))).toHaveLength(1);
    });

    test('many puts at once, of one key and of many, end whole', async () => {
      const contents = Array.from({ length: 12 }, () => randomBytes(700_000));
      await Promise.all(contents.flatMap((bytes, n) => [put('crowd/one', bytes), put(`crowd/${n}`, bytes)]));
      const kept = digest((await read('crowd/one')) ?? Buffer.alloc(0));
      expect(contents.map(digest)).toContain(kept);
      for (const [n, bytes] of contents.entries()) expect(await read(`crowd/${n}`)).toEqual(bytes);
      expect(await under.unfinished()).toBe(0);
    });

    test('stores a local file, and copies an object into one that only we can read', async () => {
      const [from, to] = [join(folder, 'from'), join(folder, 'to')];
      const bytes = randomBytes(6 * MIB);
      await writeFile(from, bytes);
      expect(await storage.putFile('files/a', from, TYPE)).toEqual({ bytes: bytes.length });
      expect(await storage.getFile('files/a', to)).toEqual({ bytes: bytes.length });
      expect(digest(await readFile(to))).toBe(digest(bytes));
      expect((await stat(to)).mode & 0o777).toBe(0o600);
      await expect(storage.putFile('files/b', join(folder, 'none'), TYPE)).rejects.toThrow('ENOENT');
      expect(await storage.stat('files/b')).toBeUndefined();
      await expect(storage.getFile('files/a', join(folder, 'no', 'folder'))).rejects.toThrow(StorageError);
      await rm(from);
      await rm(to);
    });

    test('a reader may stop in the middle, at once or after a while', async () => {
      await put('stop/a', randomBytes(8 * MIB));
      const unread = await storage.get('stop/a');
      unread?.destroy();
      const stream = await storage.get('stop/a');
      for await (const chunk of stream ?? []) {
        expect((chunk as Buffer).length).toBeGreaterThan(0);
        break;
      }
      expect(stream?.destroyed).toBe(true);
      expect(stream?.bytesRead).toBeLessThan(2 * MIB);
    });

    test('removes what killed processes left behind, and not what is being stored', async () => {
      await under.leaveUnfinished('left/behind');
      const [before, after] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000)];
      expect(await under.unfinished()).toBe(1);
      await storage.removeUnfinished(before);
      expect(await under.unfinished()).toBe(1);
      await storage.removeUnfinished(after);
      expect(await under.unfinished()).toBe(0);
      await storage.removeUnfinished(after);
    });
  });
};
