import type { Lease } from '../../../data/repositories/audio-jobs.ts';
import type { ObjectStorage } from '../../../integrations/storage/storage.ts';
import type { Rendition } from '../result.ts';
import type { StageRun } from './stage.ts';
import type { EncodedFile } from './transcode.ts';

const FILE_NAMES: Record<Rendition['name'], string> = { aac: 'loop.m4a', mp3: 'loop.mp3' };

/** Where what is made of uploads lies: for each a folder, and in that one for each attempt. */
export const RENDITIONS = 'audio/';
const folderOf = (audioId: string): string => `${RENDITIONS}${audioId}/`;
const keyOf = ({ audioId, leaseId }: Lease, name: Rendition['name']): string =>
  `${folderOf(audioId)}${leaseId}/${FILE_NAMES[name]}`;

/** Stores what an attempt has made. @throws StorageError; the signal's reason */
export const storeRenditions = async (
  storage: ObjectStorage,
  lease: Lease,
  files: readonly EncodedFile[],
  { signal, span, onProgress }: StageRun,
): Promise<Rendition[]> => {
  const stored: Rendition[] = [];
  for (const { path, ...file } of files) {
    const key = keyOf(lease, file.name);
    await storage.putFile(key, path, { contentType: file.contentType, signal });
    stored.push({ ...file, key });
    onProgress(stored.length / files.length);
  }
  const bytes = stored.reduce((sum, rendition) => sum + rendition.bytes, 0);
  span.setAttribute('audio.output.bytes', bytes);
  return stored;
};

/** Removes what an attempt has stored. @throws StorageError */
export const removeRenditions = (storage: ObjectStorage, lease: Lease): Promise<void> =>
  storage.delete([keyOf(lease, 'aac'), keyOf(lease, 'mp3')]);

/** Removes what other attempts at this upload have stored. @throws StorageError */
export const removeOtherRenditions = async (storage: ObjectStorage, { audioId, leaseId }: Lease): Promise<void> => {
  const own = `${folderOf(audioId)}${leaseId}/`;
  const others: string[] = [];
  for await (const { key } of storage.list(folderOf(audioId))) if (!key.startsWith(own)) others.push(key);
  if (others.length > 0) await storage.delete(others);
};
