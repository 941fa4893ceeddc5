import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { finished, upload } from '../support/uploads.ts';
import { type AudioSpec, ffmpegSays, makeAudio } from './files.ts';

/** What is uploaded, and whether its loudness can be reached: clicks are all peak, and a tenth of a second is no programme. */
const FILES: readonly (AudioSpec & { loud?: false })[] = [
  { kind: 'music', seconds: 8, format: 'wav' },
  { kind: 'music', seconds: 8, format: 'wav', codec: 'pcm_s24le', rate: 48_000, gain: -24 },
  { kind: 'music', seconds: 6, format: 'wav', codec: 'pcm_s32le', rate: 96_000 },
  { kind: 'chords', seconds: 6, format: 'wav', codec: 'pcm_f32le', rate: 192_000, gain: 3 },
  { kind: 'music', seconds: 6, format: 'wav', channels: 6, rate: 48_000 },
  { kind: 'sweep', seconds: 8, format: 'aiff', codec: 'pcm_s24be' },
  { kind: 'noise', seconds: 5, format: 'aiff', channels: 1, gain: -28 },
  { kind: 'music', seconds: 8, format: 'flac', channels: 1 },
  { kind: 'noise', seconds: 5, format: 'flac', rate: 22_050 },
  { kind: 'music', seconds: 8, format: 'mp3', gain: -12 },
  { kind: 'sweep', seconds: 5, format: 'mp3', rate: 8000, channels: 1 },
  { kind: 'music', seconds: 8, format: 'm4a' },
  { kind: 'chords', seconds: 6, format: 'ogg' },
  { kind: 'noise', seconds: 5, format: 'ogg', codec: 'libopus', rate: 48_000 },
  { kind: 'tone', seconds: 0.1, format: 'wav', loud: false },
  { kind: 'clicks', seconds: 12, format: 'wav', bpm: 93, loud: false },
  { kind: 'silence', seconds: 3, format: 'flac', loud: false },
];

/** Integrated loudness and true peak as ffmpeg's own meter has it. */
const measure = async (file: string): Promise<{ integrated: number; truePeak: number }> => {
  const words = await ffmpegSays(['-i', file, '-af', 'ebur128=peak=true', '-f', 'null', '-']);
  const summary = words.slice(words.lastIndexOf('Summary:'));
  const number = (pattern: RegExp): number => Number(pattern.exec(summary)?.[1] ?? Number.NaN);
  return { integrated: number(/I:\s+(-?[\d.]+) LUFS/), truePeak: number(/Peak:\s+(-?[\d.]+|-inf) dBFS/) };
};

describe('every kind of file, from upload to player', () => {
  let folder: string;
  let database: TestDatabase;
  let server: ServerProcess;
  let alice: Person;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sidechain-matrix-'));
    database = await createTestDatabase();
    // Relative, as the default .data is.
    const here = relative(process.cwd(), folder);
    server = await startServer({
      databaseUrl: database.url,
      env: { RATE_LIMIT_ENABLED: 'false', AUDIO_WORK_DIR: join(here, 'work'), STORAGE_DIR: join(here, 'storage') },
    });
    alice = await register(server.url);
  });

  afterAll(async () => {
    await server?.stop();
    await database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(FILES)('$kind $seconds s $format $codec $rate Hz, $channels channels', async ({ loud, ...spec }) => {
    const file = await makeAudio(folder, spec);
    const { status, result, error } = await finished(alice, await upload(alice, file));
    expect(error).toBeUndefined();
    expect(status).toBe('complete');
    expect(Math.abs(Number(result?.duration) - spec.seconds)).toBeLessThanOrEqual(0.05);
    for (const format of ['aac', 'mp3']) {
      const response = await alice.fetch(`${result?.stream_url}?format=${format}`);
      expect(response.status).toBe(200);
      const served = join(folder, `served.${format}`);
      await writeFile(served, Buffer.from(await response.arrayBuffer()));
      const { integrated, truePeak } = await measure(served);
      if (spec.kind !== 'silence') expect(truePeak, format).toBeLessThanOrEqual(-1);
      if (loud !== false) expect(Math.abs(integrated + 14), `${format}: ${integrated} LUFS`).toBeLessThanOrEqual(1);
    }
    if (spec.kind === 'clicks') {
      expect(Math.abs(Number(result?.bpm) - (spec.bpm ?? 0)) / (spec.bpm ?? 1)).toBeLessThanOrEqual(0.01);
    }
    if (spec.kind === 'silence') expect(result).toMatchObject({ bpm: null, key: null });
  });
});
