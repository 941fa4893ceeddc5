import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from './find-ffmpeg.ts';
import { openFfmpeg } from './open-ffmpeg.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidechain-find-ffmpeg-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of programs that answer what is given. */
const programs = (name: string, answers: Record<string, string>, mode = 0o755): string => {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [program, answer] of Object.entries(answers)) {
    writeFileSync(join(place, program), `#!/bin/sh\n${answer}\n`);
    chmodSync(join(place, program), mode);
  }
  return place;
};
const good = { ffmpeg: 'echo ffmpeg version 9.9-a Copyright', ffprobe: 'echo ffprobe version 9.9-a Copyright' };

describe('where ffmpeg is looked for', () => {
  it('takes the one that FFMPEG_PATH names, with ffprobe beside it', async () => {
    const place = programs('given', good);
    await expect(findFfmpeg(join(place, 'ffmpeg'), '')).resolves.toEqual({
      ffmpeg: join(place, 'ffmpeg'),
      ffprobe: join(place, 'ffprobe'),
      version: '9.9-a',
      from: 'FFMPEG_PATH',
    });
  });

  it.each([
    ['is not there', {}, /does-not\/ffmpeg does not run: ENOENT/],
    ['has no ffprobe beside it', { ffmpeg: good.ffmpeg }, /ffprobe does not run: ENOENT/],
    ['cannot be run', { ...good, mode: 0o644 }, /ffmpeg does not run: EACCES/],
    ['is something else', { ffmpeg: 'echo hello', ffprobe: good.ffprobe }, /runs, but is not ffmpeg/],
    ['crashes', { ffmpeg: 'exit 3', ffprobe: good.ffprobe }, /ffmpeg does not run/],
  ])(
    'refuses to start when what FFMPEG_PATH names %s',
    async (_, { mode, ...answers }: Record<string, unknown>, message) => {
      const place = join(folder, 'does-not');
      rmSync(place, { recursive: true, force: true });
      programs('does-not', answers as Record<string, string>, mode as number | undefined);
      const opening = openFfmpeg({ FFMPEG_PATH: join(place, 'ffmpeg') });
      await expect(opening).rejects.toThrow(message);
      await expect(opening).rejects.toThrow(/^FFMPEG_PATH=/);
    },
  );

  it('goes on with the next when the one in the PATH does not run, and says why', async () => {
    const place = programs('broken', { ...good, ffmpeg: 'exit 1' });
    const reasons: string[] = [];
    const found = await findFfmpeg(undefined, `/nowhere:${place}`, (reason) => reasons.push(reason));
    expect(found?.from).not.toBe('PATH');
    expect(reasons).toEqual([expect.stringContaining('broken/ffmpeg does not run')]);
  });

  it('takes none out of the PATH that has no ffprobe', async () => {
    const place = programs('half', { ffmpeg: good.ffmpeg });
    expect((await findFfmpeg(undefined, place))?.from).not.toBe('PATH');
  });

  it('takes those in the PATH before those from npm', async () => {
    const place = programs('path', good);
    mkdirSync(join(folder, 'linked'));
    symlinkSync(join(place, 'ffmpeg'), join(folder, 'linked', 'ffmpeg'));
    copyFileSync(join(place, 'ffprobe'), join(folder, 'linked', 'ffprobe'));
    expect(await findFfmpeg(undefined, join(folder, 'linked'))).toMatchObject({ version: '9.9-a', from: 'PATH' });
  });
});
