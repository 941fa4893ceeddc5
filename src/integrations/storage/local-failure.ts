import { StorageError } from './storage.ts';

/** The code of a system error, such as `ENOSPC`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Whether a file, or a folder on the way to it, is not there. */
export const isNotThere = (error: unknown): boolean => NOT_THERE.has(codeOf(error) ?? '');

/** What the file system said, in the storage's terms. */
export const localFailure = (error: unknown): StorageError => {
  if (error instanceof StorageError) return error;
  const code = codeOf(error);
  if (code !== undefined && FULL.has(code)) return new StorageError('full', `the disk is full (${code})`, error);
  const said = error instanceof Error ? error.message : String(error);
  return new StorageError('unavailable', `the file system failed: ${said}`, error);
};
