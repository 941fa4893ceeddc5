import { open } from 'node:fs/promises';

/** How far into a file its sound may begin: broadcast WAVs carry some kilobytes of text before it. */
const FURTHEST = 64 * 1024 * 1024;
/** Of a header that was written before the sound was there: nobody knows how much. */
const UNKNOWN = new Set([0, 0xffffffff]);

/**
 * The share of its sound that a WAV holds: 0.5 when it was cut in the middle. ffprobe does not tell: it takes the size of the
 * file for an answer. Chunks are a name of four letters, a 32-bit size, and content padded to an even length.
 * @returns 1 when it is whole or does not say
 */
export const shareOfWav = async (path: string): Promise<number> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(8);
    for (let at = 12; at < Math.min(size, FURTHEST); ) {
      const { bytesRead } = await file.read(head, 0, 8, at);
      if (bytesRead < 8) break;
      const promised = head.readUInt32LE(4);
      if (head.toString('latin1', 0, 4) === 'data') {
        return UNKNOWN.has(promised) ? 1 : Math.min(1, (size - at - 8) / promised);
      }
      at += 8 + promised + (promised % 2);
    }
    return 1;
  } finally {
    await file.close();
  }
};
