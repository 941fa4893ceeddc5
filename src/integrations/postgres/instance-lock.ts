import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { birthOf, isAlive } from '../processes.ts';

interface Holder {
  pid: number;
  birth: string;
}

const read = (file: string): Holder | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
};

const lives = (holder: Holder | undefined): holder is Holder =>
  holder !== undefined && isAlive(holder.pid) && birthOf(holder.pid) === holder.birth;

/** A process that was killed a moment ago may still be going. */
const PATIENCE_MS = 1000;

/** The data folder is in use by a process that lives. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/**
 * Makes this process the only user of a folder. The lock of a process that is no more, however it ended, does not count.
 * @returns what releases it.
 * @throws FolderInUse that names the process that has it.
 */
export const lockFolder = async (folder: string): Promise<() => void> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return lockOnce(folder);
    } catch (error) {
      if (!(error instanceof FolderInUse) || Date.now() > deadline) throw error;
    }
    await sleep(50);
  }
};

const lockOnce = (folder: string): (() => void) => {
  const file = join(folder, 'lock');
  const mine = join(folder, `lock.${randomUUID()}`);
  const self: Holder = { pid: process.pid, birth: birthOf(process.pid) };
  // Written first and linked then: whoever sees the lock sees all of it.
  writeFileSync(mine, JSON.stringify(self));
  try {
    for (;;) {
      try {
        linkSync(mine, file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      refuseIfAlive(read(file), folder);
      takeAway(file, folder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

const refuseIfAlive = (holder: Holder | undefined, folder: string): void => {
  if (!lives(holder)) return;
  throw new FolderInUse(
    `another Sidechain (process ${holder.pid}) is running on ${folder}: stop it, or give this one a folder of its own with --data-dir, or both one database with --database-url`,
  );
};

/** Removes a dead lock; puts it back if a faster process has made it its own meanwhile. */
const takeAway = (file: string, folder: string): void => {
  const aside = join(folder, `lock.${randomUUID()}`);
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const holder = read(aside);
  try {
    if (lives(holder)) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
  refuseIfAlive(holder, folder);
};
