import { join } from 'node:path';
import type { ObjectStorage } from '../../../integrations/storage/storage.ts';
import type { StageRun } from './stage.ts';

/**
 * Brings an uploaded file to this machine.
 * @returns its path.
 * @throws StorageError; the signal's reason
 */
export const fetchSource = async (
  storage: ObjectStorage,
  sourceKey: string,
  folder: string,
  { signal, span }: StageRun,
): Promise<string> => {
  // A name of ours: the uploader's never gets near a file system.
  const path = join(folder, 'source');
  const { bytes } = await storage.getFile(sourceKey, path, { signal });
  span.setAttribute('audio.bytes', bytes);
  return path;
};
