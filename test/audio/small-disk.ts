import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/servers.ts';

const BALLAST = 'ballast';

/** A disk in memory that can be filled up. */
export interface SmallDisk {
  folder: string;
  /** Fills it so that so many bytes are free, rounded down to whole pages of memory. */
  leave(bytes: number): void;
  unmount(): void;
}

/** @returns undefined where this user may not mount. */
export const mountSmallDisk = (bytes: number): SmallDisk | undefined => {
  const folder = temporaryFolder('disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const ballast = join(folder, BALLAST);
  return {
    folder,
    leave: (wanted) => {
      rmSync(ballast, { force: true });
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail - Math.floor(wanted / bsize)) * bsize));
    },
    unmount: () => void execFileSync('umount', ['--lazy', folder]),
  };
};
