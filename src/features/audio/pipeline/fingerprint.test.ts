import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ffmpegSays } from '../../../../test/audio/files.ts';
import { loop, STYLES, type Style } from '../../../../test/audio/loops.ts';
import type { AudioFormat, Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { openFfmpeg } from '../../../integrations/ffmpeg/open-ffmpeg.ts';
import { SAME_RECORDING, similarity } from '../analysis/fingerprint.ts';
import { drawWaveform } from './waveform.ts';

const folder = mkdtempSync(join(tmpdir(), 'fingerprint-'));
let ffmpeg: Ffmpeg;
beforeAll(async () => {
  const found = await openFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH });
  if (!found) throw new Error('there is no ffmpeg');
  ffmpeg = found;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RATE = 44_100;

/** The same recording, as others would upload it. */
const VERSIONS: Record<string, { format: AudioFormat; rate?: number; encode: string[] }> = {
  original: { format: 'wav', encode: ['-c:a', 'pcm_s16le'] },
  mp3: { format: 'mp3', encode: ['-b:a', '128k'] },
  aac: { format: 'm4a', encode: ['-c:a', 'aac', '-b:a', '128k'] },
  vorbis: { format: 'ogg', encode: ['-c:a', 'libvorbis', '-q:a', '4'] },
  quieter: { format: 'mp3', encode: ['-af', 'volume=-12dB', '-b:a', '96k'] },
  resampled: { format: 'm4a', rate: 48_000, encode: ['-ar', '48000', '-c:a', 'aac', '-b:a', '128k'] },
  trimmed: { format: 'flac', encode: ['-af', 'atrim=start=0.3,asetpts=N/SR/TB'] },
};

const termsOf = async (seed: number, style: Style, version: string): Promise<number[]> => {
  const { format, rate = RATE, encode } = VERSIONS[version] ?? { format: 'wav', encode: [] };
  const path = join(folder, `${seed}-${version}.${format}`);
  const samples = Float32Array.from(
    loop({ seed, bpm: 124, root: 9, minor: true, bars: 3, rate: RATE, style }),
    (x) => x / 3,
  );
  const raw = ['-f', 'f32le', '-ar', `${RATE}`, '-ac', '1', '-i', 'pipe:0'];
  await ffmpegSays([...raw, ...encode, path], [new Uint8Array(samples.buffer)]);
  const audio = { path, format, sampleRate: rate, channels: 1, duration: samples.length / RATE };
  return [...(await drawWaveform(ffmpeg, audio, { timeout: 20_000 })).features.terms];
};

test('a recording is known again in other formats, quieter, resampled and trimmed; others in its key and tempo are not it', async () => {
  const found: { seed: number; version: string; terms: number[] }[] = [];
  for (const [index, style] of (Object.keys(STYLES) as Style[]).slice(0, 2).entries()) {
    for (const version of Object.keys(VERSIONS)) {
      found.push({ seed: 70 + index, version, terms: await termsOf(70 + index, style, version) });
    }
  }
  const originals = found.filter(({ version }) => version === 'original');
  const table: Record<string, number[]> = {};
  for (const { seed, version, terms } of found) {
    for (const original of originals) {
      const likeness = similarity(original.terms, terms);
      const row = original.seed === seed ? version : 'different';
      table[row] = [...(table[row] ?? []), Math.round(1000 * likeness) / 1000];
    }
  }
  console.info('fingerprints', table);
  for (const version of Object.keys(VERSIONS))
    expect(Math.min(...(table[version] ?? []))).toBeGreaterThan(SAME_RECORDING);
  expect(Math.max(...(table.different ?? []))).toBeLessThan(SAME_RECORDING);
}, 60_000);
