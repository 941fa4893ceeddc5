import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKeyWord } from './keys.ts';
import { isNotThere } from './local-failure.ts';
import type { StoredObject } from './storage.ts';

/** Keys compare by bytes, and a folder's all go on with a slash: so `a-b` comes before `a/b`. */
const sortName = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const readFolder = async (folder: string): Promise<Dirent[]> => {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => isKeyWord(name)).sort((a, b) => compare(sortName(a), sortName(b)));
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
};

/**
 * The files below `root` whose key begins with `prefix`, sorted by key. No more than one folder at each depth is held.
 * What goes away meanwhile is left out.
 */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<StoredObject> {
  const cut = prefix.lastIndexOf('/') + 1;
  const base = prefix.slice(0, cut);
  for (const entry of await readFolder(join(root, base))) {
    const key = `${base}${entry.name}`;
    if (!key.startsWith(prefix)) continue;
    if (entry.isDirectory()) yield* listFiles(root, `${key}/`);
    else if (entry.isFile()) {
      const found = await stat(join(root, key)).catch((error: unknown) => {
        if (isNotThere(error)) return undefined;
        throw error;
      });
      if (found) yield { key, bytes: found.size, modifiedAt: found.mtime };
    }
  }
}
