import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FFMPEG, makeAudio } from './files.ts';

const lavfi = (path: string, ...args: string[]): string => {
  execFileSync(FFMPEG, ['-v', 'error', '-nostdin', '-y', ...args, `file:${path}`]);
  return path;
};

/** Hours of silence in a small file. */
export const flacBomb = (folder: string, hours: number): string =>
  lavfi(
    join(folder, `bomb-${hours}.flac`),
    ...['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', `${hours * 3600}`, '-c:a', 'flac'],
    ...['-frame_size', '65535', '-f', 'flac'],
  );

/** The same, whose header does not say how long it is: 36 bits of the block STREAMINFO. */
export const flacBombThatHides = (folder: string, hours: number): string => {
  const bytes = readFileSync(flacBomb(folder, hours));
  bytes[21] = (bytes[21] ?? 0) & 0xf0;
  bytes.fill(0, 22, 26);
  const path = join(folder, 'hidden-bomb.flac');
  writeFileSync(path, bytes);
  return path;
};

export const video = (folder: string, withSound: boolean): string =>
  lavfi(
    join(folder, `video-${withSound}.m4a`),
    ...['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=1', ...(withSound ? ['-f', 'lavfi', '-i', 'sine=d=1'] : [])],
    ...['-c:v', 'mpeg4', '-f', 'mp4'],
  );

/** A file of text under the name of audio. */
export const text = (folder: string, name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** The first part of a file. */
export const cut = (path: string, share: number): string => {
  const bytes = readFileSync(path);
  const shorter = path.replace(/([^/]+)$/, 'cut-$1');
  writeFileSync(shorter, bytes.subarray(0, Math.floor(bytes.length * share)));
  return shorter;
};

/** A WAV of some seconds whose header promises as much as a header can. */
export const promisingWav = async (folder: string, size: number): Promise<string> => {
  const bytes = readFileSync(await makeAudio(folder, { kind: 'tone', seconds: 1, format: 'wav' }));
  const data = bytes.indexOf('data');
  bytes.writeUInt32LE(size, 4);
  bytes.writeUInt32LE(size, data + 4);
  const path = join(folder, `promising-${size}.wav`);
  writeFileSync(path, bytes);
  return path;
};

/** An MP3 behind an ID3 tag of so many bytes, of which the disk holds nothing. */
export const taggedMp3 = async (folder: string, size: number): Promise<string> => {
  const sound = readFileSync(await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'mp3' }));
  const path = join(folder, 'tagged.mp3');
  const file = openSync(path, 'w');
  const sevenBits = [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
  const frame = Buffer.alloc(10);
  frame.write('APIC');
  [24, 16, 8, 0].forEach((shift, index) => {
    frame[4 + index] = ((size - 10) >> shift) & 0xff;
  });
  writeSync(file, Buffer.concat([Buffer.from('ID3'), Buffer.from([3, 0, 0, ...sevenBits]), frame]));
  ftruncateSync(file, size + 10);
  writeSync(file, sound, 0, sound.length, size + 10);
  closeSync(file);
  return path;
};

const box = (type: string, ...content: (Buffer | number[])[]): Buffer => {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};

/**
 * An M4A whose samples are said to be in another file, by a URL (`url `) or as an alias of a Macintosh with a path (`alis`).
 */
export const outwardM4a = async (folder: string, kind: 'url ' | 'alis', target: string): Promise<string> => {
  const bytes = readFileSync(
    await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'm4a', args: ['-movflags', 'empty_moov'] }),
  );
  const at = bytes.indexOf('dref') - 4;
  const old = bytes.readUInt32BE(at);
  const path = Buffer.from(`${target}\0`);
  const alias = Buffer.alloc(150 + 4 + path.length + (path.length % 2) + 4);
  alias.writeUInt16BE(alias.length, 4);
  alias.writeUInt16BE(2, 6);
  alias.writeUInt16BE(2, 150);
  alias.writeUInt16BE(path.length - 1, 152);
  path.copy(alias, 154);
  alias.writeInt16BE(-1, alias.length - 4);
  const entry = kind === 'url ' ? box(kind, [0, 0, 0, 0], path) : box(kind, [0, 0, 0, 0], alias);
  const dref = box('dref', [0, 0, 0, 0, 0, 0, 0, 1], entry);
  const grown = Buffer.concat([bytes.subarray(0, at), dref, bytes.subarray(at + old)]);
  for (const parent of ['moov', 'trak', 'mdia', 'minf', 'dinf']) {
    const size = grown.indexOf(parent) - 4;
    grown.writeUInt32BE(grown.readUInt32BE(size) + dref.length - old, size);
  }
  const file = join(folder, `outward-${kind.trim()}.m4a`);
  writeFileSync(file, grown);
  return file;
};
