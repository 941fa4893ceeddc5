import { constants, type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LineTarget, ReadyTarget } from './line-writer.ts';

export interface FileTargetOptions {
  path: string;
  /** Size at which the file is rotated, in bytes. */
  maxBytes: number;
  /** Rotated files that are kept: `x.log.1` is the youngest. */
  maxFiles: number;
  onTrouble: (error: Error) => void;
  onRecovery: () => void;
  /** The clock, in milliseconds. */
  now?: () => number;
}

const LOOK_EVERY_MS = 1000;
const RETRY_ROTATION_MS = 60_000;

/**
 * A file that grows to a size or to the end of the day (UTC) and is then renamed, as Promtail and logrotate expect.
 * It is looked at once a second: a file that was deleted, or rotated by another process, is opened anew.
 */
export class FileTarget implements LineTarget {
  readonly #options: Required<FileTargetOptions>;
  #file: FileHandle | undefined;
  #inode = 0;
  #opened = 0;
  #size = 0;
  #day = 0;
  #lookedAt = 0;
  #rotateAgainAt = 0;
  #inTrouble = false;
  #pause = 0;

  constructor(options: FileTargetOptions) {
    this.#options = { now: Date.now, ...options };
  }

  async ready(next = 0): Promise<ReadyTarget> {
    const now = this.#options.now();
    if (this.#file !== undefined && now - this.#lookedAt >= LOOK_EVERY_MS) await this.#look(now);
    let file = this.#file ?? (await this.#open(now));
    const { maxBytes } = this.#options;
    if (this.#size > 0 && now >= this.#rotateAgainAt && (this.#size + next > maxBytes || this.#day !== dayOf(now))) {
      file = await this.#rotate(file, now);
    }
    return { fd: file.fd, room: Math.max(0, maxBytes - this.#size), opened: this.#opened };
  }

  wrote(bytes: number): void {
    this.#size += bytes;
    this.#pause = 0;
    if (!this.#inTrouble) return;
    this.#inTrouble = false;
    this.#options.onRecovery();
  }

  failed(error: NodeJS.ErrnoException): number {
    this.#inTrouble = true;
    this.#options.onTrouble(error);
    this.#pause = Math.min(Math.max(this.#pause * 2, 500), 10_000);
    return this.#pause;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(now: number): Promise<FileHandle> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true });
    const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
    const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o640);
    this.#file = file;
    this.#opened += 1;
    const { ino, size, mtimeMs } = await file.stat();
    if (size > 0) await endLastLine(file, size);
    this.#inode = ino;
    this.#size = size;
    this.#day = size > 0 ? dayOf(mtimeMs) : dayOf(now);
    this.#lookedAt = now;
    return file;
  }

  /** Lets go of the file when its name no longer leads to it. */
  async #look(now: number): Promise<void> {
    this.#lookedAt = now;
    const there = await stat(this.#options.path).catch(() => undefined);
    if (there?.ino === this.#inode) {
      // Another process may write to it too, or have truncated it.
      this.#size = there.size;
      return;
    }
    await this.close();
  }

  async #rotate(file: FileHandle, now: number): Promise<FileHandle> {
    const { path, maxFiles } = this.#options;
    try {
      await removeOlder(path, maxFiles);
      for (let age = maxFiles - 1; age >= 1; age -= 1) {
        await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
      }
      await rename(path, `${path}.1`).catch(ignoreMissing);
    } catch (error) {
      // Better a file that is too long than none.
      this.#rotateAgainAt = now + RETRY_ROTATION_MS;
      this.#options.onTrouble(error as Error);
      this.#size = 0;
      this.#day = dayOf(now);
      return file;
    }
    await this.close();
    return this.#open(now);
  }
}

const dayOf = (milliseconds: number): number => Math.floor(milliseconds / 86_400_000);

const ignoreMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

/** Removes rotated files above `maxFiles`, left by a setting that was larger once. */
const removeOlder = async (path: string, maxFiles: number): Promise<void> => {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    const age = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (/^\d+$/.test(age) && Number(age) > maxFiles) await unlink(join(dirname(path), name)).catch(ignoreMissing);
  }
};

/** A process that was killed in the middle of a line left it without its end: the next line must not be glued to it. */
const endLastLine = async (file: FileHandle, size: number): Promise<void> => {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (bytesRead === 1 && buffer[0] !== 0x0a) await file.write('\n');
};
