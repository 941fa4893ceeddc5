import { type FileHandle, mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, isNotThere } from './local-failure.ts';

/** Nobody else on the machine has any business there. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** As `recursive` does, which however never returns below /proc and hides that a disk is read-only. */
export const makeFolder = async (path: string): Promise<void> => {
  const make = (): Promise<void> =>
    mkdir(path, FOLDER_MODE).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
};

/** @returns bytes written, which are on the disk then. */
export const writePart = async (path: string, chunks: AsyncIterable<Buffer>): Promise<number> => {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    let bytes = 0;
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      bytes += chunk.length;
    }
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
};

/** A rename is on the disk once its folder is. That the object was deleted meanwhile, and its folder with it, is fine. */
export const syncFolder = async (path: string): Promise<void> => {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    if (!isNotThere(error)) throw error;
  } finally {
    await folder?.close();
  }
};

/** Removes the folder `from` and those above it, below `root`, up to the first that is not empty. */
export const removeEmptyFolders = async (from: string, root: string): Promise<void> => {
  for (let folder = from; folder.length > root.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch (error) {
      // Not empty, or filled again meanwhile: then neither are those above it.
      if (!isNotThere(error)) return;
    }
  }
};
