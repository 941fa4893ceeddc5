import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AudioFailure } from '../../src/features/audio/failure.ts';
import type { Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { temporaryFolder } from '../support/servers.ts';
import { editedM4a, endingOgg, longMp3, oddSample, rf64, write } from './bombs.ts';
import { makeAudio } from './files.ts';
import { flacBomb, flacBombThatHides } from './hostile-files.ts';
import { installedFfmpegs, runPipeline } from './pipeline-run.ts';

/** Seconds; little, so that a file which lies is found out soon. */
const MAX_DURATION = 120;
/** Milliseconds. It takes a quarter of that; what would be decoded in full takes a minute and more. */
const SOON = 8000;
/** Bytes of the largest work folder: 32-bit floats in stereo, what is made of them, and the upload beside it. */
const MOST_BYTES = MAX_DURATION * 48_000 * 8 * 1.2;

const folder = temporaryFolder('bombs');

const ogg = async (granule: bigint, seconds: number): Promise<string> => {
  const spec = { kind: 'silence', seconds, format: 'ogg', rate: 8000, channels: 1 } as const;
  return write(folder, `${granule}-${seconds}.ogg`, endingOgg(readFileSync(await makeAudio(folder, spec)), granule));
};
const edits = (name: string, count: number, duration: number): Promise<string> =>
  editedM4a(
    folder,
    `${name}.m4a`,
    Array.from({ length: count }, () => [duration, 1024] as const),
  );

/** It waits for hours, and then it plays. */
const pausing = (): Promise<string> =>
  editedM4a(folder, 'pause.m4a', [
    [36_000_000, -1],
    [1000, 1024],
  ]);

/** A FLAC that says it were a second long: 36 bits of the block STREAMINFO. */
const lyingFlac = (): string => {
  const bytes = readFileSync(flacBomb(folder, 3));
  bytes[21] = (bytes[21] ?? 0) & 0xf0;
  bytes.writeUInt32BE(8000, 22);
  return write(folder, 'lying.flac', bytes);
};

const BOMBS: [name: string, verdict: string, make: () => string | Promise<string>][] = [
  ['FLAC of 3 hours in 20 kB', 'too_long', () => flacBomb(folder, 3)],
  ['FLAC of 3 hours that does not say so', 'too_long', () => flacBombThatHides(folder, 3)],
  ['FLAC of 3 hours that says 1 second', 'too_long', lyingFlac],
  ['MP3 of 14 hours in 50 MB', 'too_long', () => longMp3(folder, 14)],
  ['MP3 of an hour that says 1 second', 'too_long', () => longMp3(folder, 1, 14)],
  ['Ogg of 10 minutes that says 1 second', 'too_long', () => ogg(8000n, 600)],
  ['Ogg of 2 seconds that says years', 'too_long', () => ogg(1n << 60n, 2)],
  ['Ogg of 2 seconds that ends before it begins', 'ok', () => ogg(-(1n << 63n), 2)],
  ['RF64 that promises 8 GB', 'ok', () => rf64(folder, 1n << 33n)],
  ['RF64 that promises more than there are bytes', 'ok', () => rf64(folder, (1n << 63n) - 1n)],
  ['RF64 of a negative size', 'unreadable', () => rf64(folder, (1n << 64n) - 1n)],
  ['RF64 of nothing', 'unreadable', () => rf64(folder, 0n, 0n)],
  ['M4A with an edit of 10 hours', 'ok', () => edits('long', 1, 36_000_000)],
  ['M4A with a pause of 10 hours', 'ok', pausing],
  ['M4A that plays its second 5,000 times', 'too_long', () => edits('again', 5000, 1000)],
  ['M4A with 10,000 edits of nothing', 'unreadable', () => edits('nothing', 10_000, 0)],
  // LAME aborts on these, and the AAC encoder refuses them.
  ['WAV with a sample that is no number', 'unreadable', () => oddSample(folder, Number.NaN)],
  ['WAV with a sample that is infinite', 'unreadable', () => oddSample(folder, Number.NEGATIVE_INFINITY)],
  ['WAV with a sample that becomes infinite', 'unreadable', () => oddSample(folder, 3e38)],
  ['WAV with a sample next to nothing', 'ok', () => oddSample(folder, 1e-40)],
];

const bytesIn = (place: string): number =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

const { PATH, npm } = await installedFfmpegs();

describe.each([
  ['of the PATH', PATH],
  ['of npm', npm],
])('a bomb, ffmpeg %s', (which, ffmpeg) => {
  it.runIf(ffmpeg).each(BOMBS)('%s is %s, soon and in little room', async (name, expected, make) => {
    const work = join(folder, `${which}-${name}`);
    mkdirSync(work);
    const path = await make();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, bytesIn(work));
    }, 25);
    const began = performance.now();
    const verdict = await runPipeline(ffmpeg as Ffmpeg, path, work, { maxDuration: MAX_DURATION }).then(
      () => 'ok',
      (error: unknown) => (error instanceof AudioFailure ? error.reason : String(error)),
    );
    clearInterval(watch);
    expect(verdict).toBe(expected);
    expect(performance.now() - began).toBeLessThan(SOON);
    expect(Math.max(most, bytesIn(work))).toBeLessThan(MOST_BYTES);
  });
});
