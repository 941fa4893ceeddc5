import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AudioFailure } from '../../src/features/audio/failure.ts';
import { planLoudness } from '../../src/features/audio/pipeline/loudness.ts';
import { probeAudio } from '../../src/features/audio/pipeline/probe.ts';
import { type Sniffed, sniffFormat } from '../../src/features/audio/sniff-format.ts';
import type { AudioFormat, Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { temporaryFolder } from '../support/servers.ts';
import { type AudioSpec, ffmpegSays, makeAudio } from './files.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';
import { file as filePart } from './multipart.ts';
import { mutate } from './mutate.ts';
import { installedFfmpegs } from './pipeline-run.ts';
import { startWorker, type TestWorker, until, untilEnded } from './worker.ts';

/** `AUDIO_MUTATIONS=1000 npx vitest run test/audio/mutations.test.ts` for more of it; AUDIO_MUTATIONS_FROM is the first seed. */
const COUNT = Number(process.env.AUDIO_MUTATIONS ?? 120);
const FIRST = Number(process.env.AUDIO_MUTATIONS_FROM ?? 1);
const SEEDS = Array.from({ length: COUNT }, (_, index) => FIRST + index);
/** So many go all the way, from the form to the player. */
const WHOLE_WAY = process.env.AUDIO_MUTATIONS === undefined ? 30 : COUNT;
/** Milliseconds in which any of these small files must be done with. */
const PATIENCE = 20_000;

const SPECS: readonly Omit<AudioSpec, 'kind' | 'seconds'>[] = [
  ...(['pcm_s16le', 'pcm_s24le', 'pcm_f32le', 'adpcm_ms'] as const).map((codec) => ({ format: 'wav', codec }) as const),
  { format: 'wav', args: ['-rf64', 'always'] },
  { format: 'wav', channels: 6, rate: 48_000 },
  { format: 'aiff' },
  { format: 'aiff', codec: 'pcm_f32be' },
  { format: 'flac' },
  { format: 'flac', channels: 1, rate: 96_000, args: ['-sample_fmt', 's32'] },
  { format: 'mp3', args: ['-metadata', 'title=loop', '-id3v2_version', '3'] },
  { format: 'mp3', rate: 16_000, channels: 1, args: ['-q:a', '4', '-id3v2_version', '0'] },
  { format: 'm4a' },
  { format: 'm4a', codec: 'alac' },
  { format: 'm4a', args: ['-movflags', 'frag_keyframe+empty_moov'] },
  { format: 'ogg' },
  { format: 'ogg', codec: 'libopus', rate: 48_000 },
  { format: 'ogg', codec: 'flac' },
];

/** Reasons that tell the uploader of their file. Others would be our fault: no file may bring them about. */
const CLEAN = new Set(['unreadable', 'no_audio', 'video', 'too_long', 'too_short']);

const { PATH, npm } = await installedFfmpegs();
const folder = temporaryFolder('mutations');
const files: Buffer[] = [];
const surroundings = (): string[] =>
  ['/', process.cwd()].flatMap((place) => readdirSync(place).map((name) => place + name));
const before = surroundings();

beforeAll(async () => {
  for (const [index, spec] of SPECS.entries()) {
    files.push(readFileSync(await makeAudio(folder, { kind: 'chords', seconds: 0.3 + (index % 4) * 0.15, ...spec })));
  }
  files.push(await withCover(folder));
});

/** An MP3 with a picture, which is a stream of video to ffmpeg. */
const withCover = async (at: string): Promise<Buffer> => {
  const [sound, path] = [await makeAudio(at, { kind: 'chords', seconds: 0.4, format: 'mp3' }), join(at, 'cover.mp3')];
  const picture = ['-f', 'lavfi', '-i', 'testsrc=s=32x32:d=0.04', '-map', '0', '-map', '1', '-c:v', 'png'];
  await ffmpegSays(['-i', sound, ...picture, '-c:a', 'copy', '-disposition:v', 'attached_pic', path]);
  return readFileSync(path);
};

/** As an upload does it: as many bytes as it asks for. */
const sniff = (bytes: Buffer): AudioFormat | undefined => {
  let sniffed: Sniffed = { needs: 1 };
  for (let length = 0; typeof sniffed === 'object'; ) {
    if (sniffed.needs <= length) throw new Error('it asks for what it has');
    length = Math.min(sniffed.needs, bytes.length);
    const isWhole = length === bytes.length;
    sniffed = sniffFormat(bytes.subarray(0, length), isWhole);
    if (isWhole && typeof sniffed === 'object') return undefined;
  }
  return sniffed;
};

const ffmpegsRunning = (): string[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('-nostdin') && line.includes(folder));

const tally = (counts: Record<string, number>, outcome: string): void => {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
};

/** Runs `work` for every seed, two at a time. */
const forEachSeed = async (seeds: readonly number[], work: (seed: number) => Promise<void>): Promise<void> => {
  const left = [...seeds].reverse();
  const run = async (): Promise<void> => {
    for (let seed = left.pop(); seed !== undefined; seed = left.pop()) await work(seed);
  };
  await Promise.all([run(), run()]);
};

/** The suite has time for one of them. */
const wanted = [
  { which: 'of the PATH', found: PATH },
  { which: 'of npm', found: npm },
].filter(({ found }) => found && (found === (PATH ?? npm) || process.env.AUDIO_MUTATIONS !== undefined));

describe.each(wanted)(`${COUNT} mutated files, ffmpeg $which`, ({ which, found }) => {
  it(
    'are refused by their first bytes, or measured, or refused for what is in them',
    async () => {
      const ffmpeg = found as Ffmpeg;
      const counts: Record<string, number> = {};
      const wrong: string[] = [];
      let slowest = 0;
      await forEachSeed(SEEDS, async (seed) => {
        const { bytes, kind, of } = mutate(seed, files);
        const format = sniff(bytes);
        if (format === undefined) return tally(counts, 'refused at once');
        const work = join(folder, `${which.replaceAll(' ', '-')}-${seed}`);
        mkdirSync(work);
        const path = join(work, 'source');
        writeFileSync(path, bytes);
        const began = performance.now();
        try {
          const limits = { timeout: PATIENCE, maxDuration: 1200 };
          const probe = await probeAudio(ffmpeg, path, format, limits);
          await planLoudness(ffmpeg, { path, format, probe }, limits);
          tally(counts, 'measured');
        } catch (error) {
          const reason = error instanceof AudioFailure ? error.reason : String(error);
          tally(counts, reason);
          if (!CLEAN.has(reason))
            wrong.push(
              `seed ${seed} (${kind} of ${SPECS[of]?.format}, as ${format}): ${reason} ${(error as AudioFailure).words}`,
            );
        }
        slowest = Math.max(slowest, performance.now() - began);
        expect(readdirSync(work)).toEqual(['source']);
        rmSync(work, { recursive: true });
      });
      console.info(`ffmpeg ${which}, the slowest took ${Math.round(slowest)} ms:`, counts);
      expect(wrong).toEqual([]);
      expect(slowest).toBeLessThan(PATIENCE);
      expect(ffmpegsRunning()).toEqual([]);
      expect(surroundings()).toEqual(before);
    },
    30_000 + COUNT * 2000,
  );
});

describe.runIf(PATH ?? npm)('mutated files that are uploaded', () => {
  let app: AudioApp;
  let worker: TestWorker;

  beforeAll(async () => {
    app = await startAudioApp();
    worker = await startWorker(app.test);
  });
  afterAll(async () => {
    await worker?.stop();
    await app?.close();
  });

  it(
    'end as loops that can be played or as failures that say why, and leave nothing but what is referred to',
    async () => {
      const seeds = Array.from({ length: WHOLE_WAY }, (_, index) => FIRST + COUNT + index);
      const counts: Record<string, number> = {};
      const held = process.memoryUsage().rss;
      await forEachSeed(seeds, async (seed) => {
        const answer = await app.sendParts([filePart(mutate(seed, files).bytes)]);
        expect([202, 415, 422], `seed ${seed}: ${answer.text}`).toContain(answer.status);
        if (answer.status !== 202) return tally(counts, String(answer.status));
        const row = await untilEnded(app.test, answer.json.job_id);
        tally(counts, row.failure ?? row.status);
        if (row.status === 'failed') expect(CLEAN, `seed ${seed}: ${row.error}`).toContain(row.failure);
        expect(row.attempts).toBe(1);
      });
      console.info('uploaded:', counts, `memory grew by ${Math.round((process.memoryUsage().rss - held) / 1e6)} MB`);
      // The folder of the last goes right after its row is complete.
      await until(async () => worker.workFolders().length === 0);
      const complete = await app.db.audioUpload.count({ where: { status: 'complete' } });
      expect(app.stored().filter((name) => name.startsWith('audio/'))).toHaveLength(2 * complete);
      expect(app.stored().filter((name) => name.startsWith('.incoming/'))).toEqual([]);
      expect(surroundings()).toEqual(before);
    },
    60_000 + COUNT * 2000,
  );
});
