/** One word of a key. It never begins with a dot, so that no key climbs out of a folder or names a hidden file. */
const WORD = '[a-z0-9_-][a-z0-9._-]*';
const KEY = new RegExp(`^${WORD}(?:/${WORD})*$`);
const PREFIX = new RegExp(`^(?:${WORD}/)*(?:${WORD})?$`);

/** S3 allows 1024 bytes, file systems 255 for each word. */
const MAX_KEY = 512;

/** Whether `name` can be one word of a key: what is not was put into the folder by someone else. */
export const isKeyWord = (name: string): boolean => name.length <= MAX_KEY && !name.includes('/') && KEY.test(name);

/** @throws RangeError for what is no key. */
export const assertKey = (key: string): void => {
  if (key.length > MAX_KEY || !KEY.test(key)) throw new RangeError(`not a storage key: ${JSON.stringify(key)}`);
};

/** @throws RangeError for what no key can begin with. */
export const assertPrefix = (prefix: string): void => {
  if (prefix.length > MAX_KEY || !PREFIX.test(prefix))
    throw new RangeError(`not the beginning of a storage key: ${JSON.stringify(prefix)}`);
};
