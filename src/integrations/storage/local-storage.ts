import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, type FileHandle, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { assertKey, assertPrefix } from './keys.ts';
import { copyToFile } from './local-copy.ts';
import { codeOf, isNotThere, localFailure } from './local-failure.ts';
import { makeFolder, removeEmptyFolders, syncFolder, writePart } from './local-files.ts';
import { listFiles } from './local-listing.ts';
import { BodyStream } from './object-stream.ts';
import { storeChunks } from './source-chunks.ts';
import {
  type ByteRange,
  type ObjectStorage,
  type ObjectStream,
  type PutOptions,
  StorageError,
  type StoredObject,
} from './storage.ts';

/** Files in the making. On the same file system as what is stored, and no key leads there. */
const INCOMING = '.incoming';
const PART = /^[0-9a-f-]{36}\.part$/;

/** A folder that vanishes between making and using it was emptied by a `delete` of someone else, which is rare. */
const RENAME_ATTEMPTS = 5;

/** Objects as files in a folder, which any number of processes may share. */
export class LocalStorage implements ObjectStorage {
  readonly system = 'local';
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folder where there is none. @throws StorageError when nothing can be written there. */
  static async open(folder: string): Promise<LocalStorage> {
    const storage = new LocalStorage(resolve(folder));
    try {
      await makeFolder(join(storage.#root, INCOMING));
      await storage.ping();
      return storage;
    } catch (error) {
      const said = codeOf(error) ?? codeOf((error as Error).cause) ?? String(error);
      throw new StorageError('unavailable', `nothing can be stored in the folder ${storage.#root} (${said})`, error);
    }
  }

  async put(key: string, source: Readable, { signal }: PutOptions): Promise<{ bytes: number }> {
    const part = join(this.#root, INCOMING, `${randomUUID()}.part`);
    try {
      return await storeChunks(
        key,
        source,
        signal,
        async (chunks) => {
          const bytes = await writePart(part, chunks);
          await this.#publish(part, key);
          return { bytes };
        },
        localFailure,
      );
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw error;
    }
  }

  putFile(key: string, path: string, options: PutOptions): Promise<{ bytes: number }> {
    return this.put(key, createReadStream(path), options);
  }

  async get(key: string, range?: ByteRange): Promise<ObjectStream | undefined> {
    const path = this.#pathOf(key);
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      const found = await file.stat();
      if (!found.isFile()) {
        await file.close();
        return undefined;
      }
      if (range && (range.start > range.end || range.start >= found.size)) {
        throw new RangeError(`bytes ${range.start}-${range.end} of an object of ${found.size}`);
      }
      return new BodyStream(file.createReadStream({ ...range }), { toFailure: localFailure });
    } catch (error) {
      await file?.close().catch(() => {});
      if (isNotThere(error)) return undefined;
      throw error instanceof RangeError ? error : localFailure(error);
    }
  }

  getFile(key: string, path: string, options: { signal?: AbortSignal | undefined } = {}): Promise<{ bytes: number }> {
    return copyToFile(this, key, path, options.signal);
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const path = this.#pathOf(key);
    try {
      const found = await stat(path);
      return found.isFile() ? { key, bytes: found.size, modifiedAt: found.mtime } : undefined;
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw localFailure(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    assertPrefix(prefix);
    try {
      yield* listFiles(this.#root, prefix);
    } catch (error) {
      throw localFailure(error);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const path of keys.map((key) => this.#pathOf(key))) {
      try {
        await unlink(path);
      } catch (error) {
        // A folder of that name is no object.
        if (!isNotThere(error) && codeOf(error) !== 'EISDIR') throw localFailure(error);
      }
      await removeEmptyFolders(dirname(path), this.#root);
    }
  }

  async removeUnfinished(before: Date): Promise<void> {
    const folder = join(this.#root, INCOMING);
    try {
      for (const name of await readdir(folder)) {
        if (!PART.test(name)) continue;
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        if (found && found.mtime < before) await rm(path, { force: true });
      }
    } catch (error) {
      throw localFailure(error);
    }
  }

  async ping(): Promise<void> {
    try {
      for (const folder of [this.#root, join(this.#root, INCOMING)]) {
        await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
      }
    } catch (error) {
      throw localFailure(error);
    }
  }

  async close(): Promise<void> {}

  #pathOf(key: string): string {
    assertKey(key);
    return join(this.#root, key);
  }

  /** Moves a finished part to where its key says, so that it is there after a power cut too. */
  async #publish(part: string, key: string): Promise<void> {
    const target = this.#pathOf(key);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await makeFolder(dirname(target));
        await rename(part, target);
        break;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || attempt === RENAME_ATTEMPTS) throw error;
      }
    }
    const words = key.split('/');
    for (let depth = words.length - 1; depth >= 0; depth -= 1) {
      await syncFolder(join(this.#root, ...words.slice(0, depth)));
    }
  }
}
