import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AudioSpec, FFMPEG, makeAudio } from '../../../../test/audio/files.ts';
import type { Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { openFfmpeg } from '../../../integrations/ffmpeg/open-ffmpeg.ts';
import { spellingsOf } from '../../posts/musical-key.ts';
import { estimate } from './analyse.ts';
import { drawWaveform, type ServedAudio } from './waveform.ts';

const folder = mkdtempSync(join(tmpdir(), 'waveform-'));
let ffmpeg: Ffmpeg;
beforeAll(async () => {
  // Another ffmpeg: FFMPEG_PATH=/where/it/is npx vitest run src/features/audio/pipeline/waveform.test.ts
  const found = await openFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH });
  if (!found) throw new Error('there is no ffmpeg');
  ffmpeg = found;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const served = async (spec: Partial<AudioSpec> = {}): Promise<ServedAudio> => {
  const full: AudioSpec = { kind: 'music', seconds: 8, format: 'm4a', rate: 44_100, channels: 2, ...spec };
  const path = await makeAudio(folder, full);
  return { path, format: 'm4a', sampleRate: full.rate ?? 44_100, channels: full.channels ?? 2, duration: full.seconds };
};

/** As anyone would: decoded by ffmpeg's defaults, all of it at once, and the definition word by word. */
const independent = ({ path, channels, sampleRate }: ServedAudio) => {
  const bytes = execFileSync(process.env.FFMPEG_PATH ?? FFMPEG, ['-v', 'error', '-i', path, '-f', 'f32le', 'pipe:1'], {
    maxBuffer: 1e9,
  });
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 * channels) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += bytes.readFloatLE(at + 4 * channel);
    samples.push(sum / channels);
  }
  let samplesPerPixel = 2;
  while (Math.ceil(samples.length / samplesPerPixel) > 2048) samplesPerPixel *= 2;
  const pairs: number[] = [];
  for (let start = 0; start < samples.length; start += samplesPerPixel) {
    const pixel = samples.slice(start, start + samplesPerPixel);
    pairs.push(Math.round(127 * Math.min(...pixel)), Math.round(127 * Math.max(...pixel)));
  }
  const clipped = [...Int8Array.from(pairs, (value) => Math.max(-128, Math.min(127, value)))];
  return {
    pairs: clipped,
    waveform: { sampleRate, samplesPerPixel, length: clipped.length / 2 },
    duration: samples.length / sampleRate,
  };
};

test.each<Partial<AudioSpec>>([
  { seconds: 8 },
  { seconds: 8, rate: 48_000, channels: 1 },
  { seconds: 0.1, kind: 'tone' },
  { seconds: 3.3, kind: 'noise', gain: 14 },
  { seconds: 2, kind: 'silence' },
  { seconds: 25, kind: 'sweep', rate: 48_000 },
])('peaks and duration are those of another decode: %j', async (spec) => {
  const audio = await served(spec);
  const drawn = await drawWaveform(ffmpeg, audio, { timeout: 20_000 });
  const expected = independent(audio);
  expect(drawn.waveform).toEqual(expected.waveform);
  expect(drawn.duration).toBe(expected.duration);
  expect(Math.abs(drawn.duration - audio.duration)).toBeLessThan(0.05);
  expect([...new Int8Array(drawn.peaks.buffer)]).toEqual(expected.pairs);
});

test('tempo, key and fingerprint come from the same decode', async () => {
  const { features } = await drawWaveform(ffmpeg, await served({ bpm: 124, key: 'F# minor' }), { timeout: 20_000 });
  const { tempo, key } = estimate(features);
  expect(Math.abs((tempo?.bpm ?? 0) - 124)).toBeLessThan(0.5);
  expect(spellingsOf(key?.name ?? '')).toContain('F# minor');
  expect(features.terms.length).toBeGreaterThan(50);
});

test('nothing is said of silence', async () => {
  const { features } = await drawWaveform(ffmpeg, await served({ kind: 'silence', seconds: 4 }), { timeout: 20_000 });
  expect(estimate(features)).toEqual({ tempo: null, key: null });
  expect(features.terms).toHaveLength(0);
});

test('progress goes up to the end', async () => {
  const told: number[] = [];
  const audio = await served({ kind: 'tone', seconds: 25, rate: 48_000 });
  await drawWaveform(ffmpeg, audio, { timeout: 20_000, onProgress: (fraction) => told.push(fraction) });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBeGreaterThan(0.9);
});

test('an abort ends it with its reason', async () => {
  const audio = await served({ kind: 'sweep', seconds: 25, rate: 48_000 });
  const reason = new Error('the lease is lost');
  for (const after of [0, 30, 150]) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), after);
    await expect(drawWaveform(ffmpeg, audio, { timeout: 20_000, signal: abort.signal })).rejects.toBe(reason);
  }
  await expect(drawWaveform(ffmpeg, audio, { timeout: 20_000, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

test('it ends when its time is over', async () => {
  const audio = await served({ kind: 'sweep', seconds: 25, rate: 48_000 });
  await expect(drawWaveform(ffmpeg, audio, { timeout: 50 })).rejects.toMatchObject({ reason: 'timeout' });
});

test('a file that is none fails with what ffmpeg said', async () => {
  const audio = {
    path: join(folder, 'none.m4a'),
    format: 'm4a',
    sampleRate: 44_100,
    channels: 2,
    duration: 1,
  } as const;
  await expect(drawWaveform(ffmpeg, audio, { timeout: 5000 })).rejects.toMatchObject({
    reason: 'ffmpeg',
    words: expect.stringContaining('No such file'),
  });
});
