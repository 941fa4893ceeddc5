import { access, constants, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../../data/database.ts';
import { findHeldLeases } from '../../../data/repositories/audio-jobs.ts';
import { birthOf, isAlive } from '../../../integrations/processes.ts';
import { log } from '../../../telemetry/log.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAME = new RegExp(`^${UUID}-(${UUID})$`);
/** Who works in a folder. */
const OWNER = 'owner.json';

interface Owner {
  host: string;
  pid: number;
  birth: string;
}

/** Where an attempt has its files. */
export const workFolderOf = (root: string, jobId: string, leaseId: string): string => join(root, `${jobId}-${leaseId}`);

/** Makes the folder that attempts have theirs in. @throws Error when nothing can be written there. */
export const prepareWorkDir = async (root: string): Promise<void> => {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`AUDIO_WORK_DIR=${root}: nothing can be written there (${(error as NodeJS.ErrnoException).code})`);
  }
};

/** Makes the folder of an attempt, which only this user may enter. */
export const makeWorkFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner: Owner = { host: hostname(), pid: process.pid, birth: birthOf(process.pid) };
  await writeFile(join(folder, OWNER), JSON.stringify(owner));
};

export const removeWorkFolder = async (folder: string): Promise<void> => {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    log.warn('a work folder could not be removed; the next round will', { error });
  }
};

/**
 * Removes the folders of attempts that are over: their process is gone, or another attempt has their upload, or nobody.
 * What does not look like the folder of an attempt is left alone.
 * @returns how many there were.
 */
export const removeDeadWorkFolders = async (root: string, db: Database): Promise<number> => {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.flatMap((entry) => {
    const leaseId = entry.isDirectory() ? NAME.exec(entry.name)?.[1] : undefined;
    return leaseId === undefined ? [] : [{ path: join(root, entry.name), leaseId }];
  });
  if (folders.length === 0) return 0;
  const held = await findHeldLeases(
    db,
    folders.map(({ leaseId }) => leaseId),
  );
  let removed = 0;
  for (const { path, leaseId } of folders) {
    if (held.has(leaseId) && !(await isAbandoned(path))) continue;
    await removeWorkFolder(path);
    removed += 1;
  }
  return removed;
};

/** Whether its process was one of this machine, and is no more. */
const isAbandoned = async (folder: string): Promise<boolean> => {
  try {
    const owner = JSON.parse(await readFile(join(folder, OWNER), 'utf8')) as Owner;
    return owner.host === hostname() && !(isAlive(owner.pid) && birthOf(owner.pid) === owner.birth);
  } catch {
    // Its owner may be about to write it.
    return false;
  }
};
