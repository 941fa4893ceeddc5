import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AudioFormat } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { type Key, play, type Sound } from './sounds.ts';

export interface AudioSpec {
  kind: Sound;
  seconds: number;
  format: AudioFormat;
  /** ffmpeg's name of the encoder; by default the usual one of the format, 16 bits where it has bits. */
  codec?: string;
  /** Hertz; 44,100 by default. */
  rate?: number;
  /** 2 by default; 6 is 5.1. */
  channels?: number;
  /** 120 by default. */
  bpm?: number;
  /** C major by default. */
  key?: Key;
  /** Decibels by which it is made louder; 0 by default. */
  gain?: number;
  /** More arguments for the encoder: `['-b:a', '64k']`. */
  args?: readonly string[];
}

const CODECS: Record<AudioFormat, string> = {
  mp3: 'libmp3lame',
  wav: 'pcm_s16le',
  aiff: 'pcm_s16be',
  m4a: 'aac',
  flac: 'flac',
  ogg: 'libvorbis',
};
const MUXERS: Record<AudioFormat, string> = {
  mp3: 'mp3',
  wav: 'wav',
  aiff: 'aiff',
  m4a: 'ipod',
  flac: 'flac',
  ogg: 'ogg',
};

/** The ffmpeg that makes test files and measures what came out: the one in the PATH, else the one from npm. */
export const FFMPEG: string =
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'ffmpeg'))
    .find((file) => existsSync(file)) ??
  join(process.cwd(), `node_modules/@ffmpeg-installer/${process.platform}-${process.arch}/ffmpeg`);

/** Runs ffmpeg as a user would, and gives what it said. @throws when it fails. */
export const ffmpegSays = async (args: readonly string[], input?: Iterable<Uint8Array>): Promise<string> => {
  const child = spawn(FFMPEG, ['-hide_banner', '-nostdin', '-y', ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const closed = once(child, 'close');
  // It may end before it has read everything; then its own words say why.
  await pipeline(Readable.from(input ?? []), child.stdin).catch(() => {});
  const [status] = await closed;
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${words}`);
  return words;
};

const made = new Map<string, Promise<string>>();

/**
 * Makes an audio file in `folder`, which is there, and gives its path. The same wish in the same folder is fulfilled once.
 */
export const makeAudio = (folder: string, spec: AudioSpec): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 10);
  const path = join(folder, `${spec.kind}-${spec.seconds}s-${hash}.${spec.format}`);
  const making = made.get(path) ?? make(path, spec);
  made.set(path, making);
  return making;
};

const make = async (path: string, spec: AudioSpec): Promise<string> => {
  if (existsSync(path)) return path;
  const {
    kind,
    seconds,
    format,
    codec = CODECS[format],
    rate = 44_100,
    channels = 2,
    bpm = 120,
    key = 'C major',
  } = spec;
  const { gain = 0, args = [] } = spec;
  const samples = play(kind, { seconds, rate, bpm, key }, channels, 10 ** (gain / 20));
  const blocks = samples.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  const unfinished = `${path}.${process.pid}`;
  const output = ['-c:a', codec, ...args, '-bitexact', '-f', MUXERS[format], unfinished];
  await ffmpegSays(['-f', 'f32le', '-ar', `${rate}`, '-ac', `${channels}`, '-i', 'pipe:0', ...output], blocks);
  await rename(unfinished, path);
  return path;
};
