import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { applyLoudness } from '../../src/features/audio/pipeline/loudness.ts';
import { input } from '../../src/integrations/ffmpeg/input.ts';
import { type AudioSpec, ffmpegSays, makeAudio } from './files.ts';
import { installedFfmpegs, measure, runPipeline } from './pipeline-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidechain-pipeline-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ffmpegs = await installedFfmpegs();

/** Every format, depth, channel count and rate; every kind of sound; from 0.1 s. What may stay quieter is not here. */
const MATRIX: AudioSpec[] = [
  { kind: 'sweep', seconds: 3, format: 'wav' },
  { kind: 'noise', seconds: 3, format: 'wav', codec: 'pcm_s24le', rate: 48_000 },
  { kind: 'music', seconds: 6, format: 'wav', codec: 'pcm_s32le', rate: 96_000 },
  { kind: 'music', seconds: 6, format: 'wav', codec: 'pcm_f32le', gain: 12, bpm: 93 },
  { kind: 'music', seconds: 6, format: 'wav', gain: -24, bpm: 174 },
  { kind: 'tone', seconds: 1, format: 'wav', codec: 'pcm_u8', rate: 8000, channels: 1 },
  { kind: 'noise', seconds: 2, format: 'wav', channels: 6 },
  { kind: 'music', seconds: 4, format: 'aiff', codec: 'pcm_s24be', channels: 6, rate: 48_000 },
  { kind: 'tone', seconds: 0.1, format: 'aiff', channels: 1 },
  { kind: 'sweep', seconds: 2, format: 'flac', codec: 'flac', rate: 192_000 },
  { kind: 'chords', seconds: 2.5, format: 'flac', rate: 22_050, channels: 1 },
  { kind: 'music', seconds: 5, format: 'mp3', args: ['-b:a', '128k'] },
  { kind: 'chords', seconds: 3, format: 'mp3', rate: 8000, channels: 1 },
  { kind: 'music', seconds: 5, format: 'm4a', bpm: 128 },
  { kind: 'chords', seconds: 3, format: 'm4a', rate: 8000, channels: 1 },
  { kind: 'chords', seconds: 2, format: 'm4a', codec: 'alac' },
  { kind: 'music', seconds: 5, format: 'ogg', rate: 48_000 },
  { kind: 'noise', seconds: 1, format: 'ogg', codec: 'libopus', rate: 48_000 },
];
const titleOf = ({ kind, seconds, format, codec = '', rate = 44_100, channels = 2, gain = 0 }: AudioSpec): string =>
  `${seconds} s of ${kind}, ${format} ${codec} ${rate} Hz, ${channels} channels, ${gain} dB`;

const small = new Set([3, 9, 13, 16]);
const variants = [
  ...MATRIX.map((spec) => ({ which: 'PATH' as const, spec })),
  ...MATRIX.filter((_, index) => small.has(index)).map((spec) => ({ which: 'npm' as const, spec })),
].map((variant) => ({ ...variant, title: `${titleOf(variant.spec)}, ffmpeg of ${variant.which}` }));

describe('what is served', () => {
  it.each(variants)('is as loud as it should be, and as long: $title', async ({ which, spec }) => {
    const ffmpeg = ffmpegs[which] ?? ffmpegs.npm;
    if (!ffmpeg) throw new Error('no ffmpeg here');
    const path = await makeAudio(folder, spec);
    const { probe, plan, files, truePeak, drawn } = await runPipeline(ffmpeg, path, folder);
    expect(probe.channels).toBe(spec.channels ?? 2);
    expect(Math.abs(plan.measured.duration - spec.seconds)).toBeLessThan(0.01);
    expect(Math.abs(drawn.duration - spec.seconds)).toBeLessThan(0.05);
    expect(files.map(({ name }) => name)).toEqual(['aac', 'mp3']);
    for (const file of files) {
      const { integrated, truePeak: peak, shown, played } = await measure(file.path);
      if (spec.seconds >= 0.4) expect(Math.abs(integrated + 14)).toBeLessThanOrEqual(1);
      expect(peak).toBeLessThanOrEqual(-1);
      if (file.name === 'aac') expect(drawn.truePeak).toBeCloseTo(peak, 0);
      expect(truePeak).toBeGreaterThanOrEqual(drawn.truePeak ?? 0);
      expect(Math.abs(shown - spec.seconds)).toBeLessThan(0.05);
      expect(Math.abs(played - spec.seconds)).toBeLessThan(0.05);
      const bytes = readFileSync(file.path);
      expect(file.bytes).toBe(bytes.length);
      expect(file.etag).toBe(createHash('sha256').update(bytes).digest('base64url'));
    }
  });
});

const ffmpeg = ffmpegs.PATH ?? ffmpegs.npm;
const describeHere = ffmpeg ? describe : describe.skip;
const run = (path: string, limits = {}) => {
  if (!ffmpeg) throw new Error('no ffmpeg here');
  return runPipeline(ffmpeg, path, folder, limits);
};

/** Interleaved samples of a file, as the pipeline's ffmpeg decodes them. */
const samplesOf = async (path: string, filters = 'anull'): Promise<Float32Array> => {
  const chunks: Buffer[] = [];
  await ffmpeg?.run([...input(path, 'wav'), '-af', filters, '-c:a', 'pcm_f32le', '-f', 'f32le', 'pipe:1'], {
    timeout: 20_000,
    onOutput: (chunk) => void chunks.push(chunk),
  });
  return new Float32Array(Uint8Array.from(Buffer.concat(chunks)).buffer);
};

describeHere('loudness', () => {
  it('leaves silence alone', async () => {
    const { plan, loudness, truePeak } = await run(
      await makeAudio(folder, { kind: 'silence', seconds: 1, format: 'wav' }),
    );
    expect(plan).toMatchObject({
      measured: { integrated: null, truePeak: null },
      gain: { gain: 0, limited: false },
    });
    expect(loudness).toEqual({ integrated: null, truePeak: null });
    expect(truePeak).toBeNull();
  });

  it('gives a whisper no more than 30 dB', async () => {
    const spec: AudioSpec = { kind: 'tone', seconds: 1, format: 'wav', codec: 'pcm_s24le', gain: -50 };
    const { plan, loudness } = await run(await makeAudio(folder, spec));
    expect(plan.gain).toEqual({ gain: 30, limited: false });
    expect(plan.measured.integrated).toBeCloseTo(-56, 0);
    expect(loudness.integrated).toBeCloseTo(-26, 0);
  });

  it('does not make a buzz of a metronome', async () => {
    const { plan, truePeak } = await run(await makeAudio(folder, { kind: 'clicks', seconds: 4, format: 'wav' }));
    expect(plan.gain.limited).toBe(true);
    expect(plan.gain.gain).toBeLessThanOrEqual(12);
    expect(truePeak).toBeLessThanOrEqual(-1);
  });

  it('hears what is shorter than a block of EBU R128 as the loop that it is', async () => {
    const short = await run(await makeAudio(folder, { kind: 'tone', seconds: 0.2, format: 'wav', gain: -10 }));
    const long = await run(await makeAudio(folder, { kind: 'tone', seconds: 2, format: 'wav', gain: -10 }));
    expect(short.plan.gain.gain).toBeCloseTo(long.plan.gain.gain, 0);
  });

  it('keeps the dynamics where peaks allow it: every sample times the same', async () => {
    const path = await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'wav', codec: 'pcm_f32le', gain: -12 });
    const { plan } = await run(path);
    expect(plan.gain.limited).toBe(false);
    const [before, after] = await Promise.all([samplesOf(path), samplesOf(path, applyLoudness(plan))]);
    const factor = 10 ** (plan.gain.gain / 20);
    expect(after).toHaveLength(before.length);
    for (let at = 0; at < before.length; at += 97) expect(after[at]).toBeCloseTo((before[at] ?? 9) * factor, 3);
  });

  it('lowers what is far over full scale by as much as it must, and no more', async () => {
    const spec: AudioSpec = { kind: 'music', seconds: 4, format: 'wav', codec: 'pcm_f32le', bpm: 174 };
    const loud = await run(await makeAudio(folder, { ...spec, gain: 12 }));
    const plain = await run(await makeAudio(folder, spec));
    expect(loud.plan.gain.gain).toBeCloseTo(plain.plan.gain.gain - 12, 0);
    expect(loud.stages).toEqual(['transcode', 'waveform']);
  });

  it('neither moves nor drops a sample when it limits', async () => {
    const path = await makeAudio(folder, { kind: 'music', seconds: 2, format: 'wav', codec: 'pcm_f32le', gain: -12 });
    const { plan } = await run(path);
    expect(plan.gain.limited).toBe(true);
    const [before, after] = await Promise.all([samplesOf(path), samplesOf(path, applyLoudness(plan))]);
    const alike = (shift: number): number => {
      let sum = 0;
      for (let at = 40_000; at < 120_000; at += 2) sum += (before[at] ?? 0) * (after[at + 2 * shift] ?? 0);
      return sum;
    };
    const shifts = Array.from({ length: 41 }, (_, index) => index - 20);
    expect(shifts.reduce((best, shift) => (alike(shift) > alike(best) ? shift : best))).toBe(0);
    expect(after).toHaveLength(before.length);
  });
});

describeHere('what is served, besides its sound', () => {
  it('has nothing of the upload: no title, no cover, no chapter', async () => {
    const plain = await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'mp3' });
    const tagged = join(folder, 'tagged.mp3');
    const cover = ['-f', 'lavfi', '-i', 'color=red:s=64x64:d=0.04', '-map', '0:a', '-map', '1:v', '-c:v', 'mjpeg'];
    await ffmpegSays([
      '-i',
      plain,
      ...cover,
      '-disposition:v:0',
      'attached_pic',
      '-metadata',
      'title=mine',
      '-c:a',
      'copy',
      tagged,
    ]);
    const { files, probe } = await run(tagged);
    expect(probe.otherStreams).toEqual([]);
    for (const { path } of files) {
      expect(readFileSync(path).includes('mine')).toBe(false);
      expect(await ffmpegSays(['-i', path, '-f', 'null', '-'])).not.toMatch(/^ *title|: Video|Chapter/m);
    }
  });

  it('begins with its index, so that it plays before all of it is there', async () => {
    const { files } = await run(await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'wav' }));
    const aac = readFileSync(files[0]?.path ?? '');
    expect(aac.indexOf('moov')).toBeLessThan(aac.indexOf('mdat'));
    expect(aac.subarray(4, 8).toString()).toBe('ftyp');
    expect(
      readFileSync(files[1]?.path ?? '')
        .subarray(0, 200)
        .toString('latin1'),
    ).toMatch(/Info|Xing/);
  });

  it('tells how far it is, up to the end', async () => {
    const path = await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'wav' });
    const told: number[] = [];
    await run(path, { onProgress: (fraction: number) => told.push(fraction) });
    expect(Math.min(...told)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...told)).toBe(1);
  });

  it('fails as what happened: no time, no room, no wish', async () => {
    const path = await makeAudio(folder, { kind: 'music', seconds: 6, format: 'wav', gain: -24, bpm: 174 });
    await expect(run(path, { timeout: 1 })).rejects.toMatchObject({ reason: 'timeout', permanent: false });
    const reason = new Error('not now');
    await expect(run(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('leaves only what it says in its folder', async () => {
    const { work } = await run(await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'wav' }));
    expect(readdirSync(work).sort()).toEqual(['loop.m4a', 'loop.mp3']);
    expect(statSync(join(work, 'loop.m4a')).size).toBeGreaterThan(1000);
  });
});
