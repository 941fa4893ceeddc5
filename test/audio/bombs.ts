import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAudio } from './files.ts';

/** Where a box of MP4 begins, found by the first of its type. */
const boxAt = (bytes: Buffer, type: string): number => bytes.indexOf(type, 0, 'latin1') - 4;

/** An M4A whose edit list is another one: entries of duration and of where in the media they begin, in their time scales. */
export const editedM4a = async (
  folder: string,
  name: string,
  edits: readonly (readonly [duration: number, mediaTime: number])[],
): Promise<string> => {
  const bytes = readFileSync(await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'm4a' }));
  return write(folder, name, withEdits(bytes, edits));
};

/** Its index is behind its samples, so that no place of a sample moves. */
export const withEdits = (bytes: Buffer, edits: readonly (readonly [number, number])[]): Buffer => {
  const elst = Buffer.alloc(16 + edits.length * 12);
  elst.writeUInt32BE(elst.length);
  elst.write('elst', 4);
  elst.writeUInt32BE(edits.length, 12);
  edits.forEach(([duration, mediaTime], index) => {
    elst.writeUInt32BE(duration >>> 0, 16 + index * 12);
    elst.writeInt32BE(mediaTime, 20 + index * 12);
    elst.writeUInt32BE(0x10000, 24 + index * 12);
  });
  const edts = Buffer.alloc(8);
  edts.writeUInt32BE(8 + elst.length);
  edts.write('edts', 4);
  const old = boxAt(bytes, 'edts');
  const before = old >= 0 ? old : boxAt(bytes, 'mdia');
  const after = old >= 0 ? old + bytes.readUInt32BE(old) : before;
  const grown = Buffer.concat([bytes.subarray(0, before), edts, elst, bytes.subarray(after)]);
  const more = grown.length - bytes.length;
  for (const parent of ['moov', 'trak']) {
    const at = boxAt(grown, parent);
    grown.writeUInt32BE(grown.readUInt32BE(at) + more, at);
  }
  return grown;
};

export const write = (folder: string, name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** Hours of silence as MP3 of 8 kb/s. `promises`: the frames that a header of LAME says there are, when there is to be one. */
export const longMp3 = async (folder: string, hours: number, promises?: number): Promise<string> => {
  const form = { kind: 'silence', format: 'mp3', rate: 8000, channels: 1 } as const;
  const args = ['-b:a', '8k', '-id3v2_version', '0', '-write_xing', '0'];
  const minute = readFileSync(await makeAudio(folder, { ...form, seconds: 60, args }));
  const parts: Buffer[] = Array.from({ length: Math.round(hours * 60) }, () => minute);
  if (promises !== undefined) {
    const short = await makeAudio(folder, { ...form, seconds: 1, args: [...args.slice(0, -1), '1'] });
    const head = readFileSync(short);
    const at = Math.max(head.indexOf('Xing'), head.indexOf('Info'));
    head.writeUInt32BE(promises, at + 8);
    parts.unshift(head);
  }
  return write(folder, `long-${hours}-${promises}.mp3`, Buffer.concat(parts));
};

const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let rest = index << 24;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 0x80000000 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest >>> 0;
});
const crcOf = (page: Buffer): number =>
  page.reduce((crc, byte) => ((crc << 8) ^ (CRC[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0, 0);

/** An Ogg whose last page says that it ends at another sample; its checksum is right. */
export const endingOgg = (bytes: Buffer, granule: bigint): Buffer => {
  const changed = Buffer.from(bytes);
  const last = changed.lastIndexOf('OggS');
  changed.writeBigInt64LE(granule, last + 6);
  changed.writeUInt32LE(0, last + 22);
  changed.writeUInt32LE(crcOf(changed.subarray(last)), last + 22);
  return changed;
};

/** A WAV of 64-bit sizes whose header promises `data` bytes. */
export const rf64 = async (folder: string, data: bigint, riff = data): Promise<string> => {
  const bytes = readFileSync(
    await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'wav', args: ['-rf64', 'always'] }),
  );
  const ds64 = bytes.indexOf('ds64') + 8;
  bytes.writeBigUInt64LE(riff, ds64);
  bytes.writeBigUInt64LE(data, ds64 + 8);
  return write(folder, `rf64-${data}-${riff}.wav`, bytes);
};

/** A WAV of floating point with one sample that is `value`. */
export const oddSample = async (folder: string, value: number): Promise<string> => {
  const bytes = readFileSync(
    await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'wav', codec: 'pcm_f32le' }),
  );
  bytes.writeFloatLE(value, bytes.indexOf('data') + 8 + 80_000);
  return write(folder, `sample-${value}.wav`, bytes);
};
