import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ffmpeg, FfmpegError } from './ffmpeg.ts';
import { type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.ts';
import { fileUrl, input } from './input.ts';
import { useFfmpeg } from './open-ffmpeg.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidechain-run-ffmpeg-'));
afterAll(() => rmSync(folder, { recursive: true }));

let found: FoundFfmpeg;
let ffmpeg: Ffmpeg;
beforeAll(async () => {
  const one = await findFfmpeg(undefined, process.env.PATH ?? '');
  if (!one) throw new Error('these tests need an ffmpeg');
  found = one;
  ffmpeg = useFfmpeg(one);
});

/** Would run for hours. A mark in its arguments tells it from any other. */
const endless = (mark: string): string[] => [
  '-re',
  '-f',
  'lavfi',
  '-i',
  'anullsrc',
  '-metadata',
  `title=${mark}`,
  '-f',
  'null',
  '-',
];
const running = (mark: string): string[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`title=${mark}`));
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const waitFor = async (holds: () => boolean, ms: number): Promise<boolean> => {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) if (holds()) return true;
  return holds();
};

/** An ffmpeg that is a shell script. */
const scripted = (body: string): Ffmpeg => {
  const file = join(folder, `script-${Math.random()}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return useFfmpeg({ ...found, ffmpeg: file });
};

describe('a run of ffmpeg', () => {
  it('is killed when it takes too long, and has ended when that is told', async () => {
    const error = await caught(ffmpeg.run(endless('slow'), { timeout: 300 }));
    expect(error).toMatchObject({ reason: 'timeout', message: expect.stringContaining('0.3 s') });
    expect(running('slow')).toEqual([]);
  });

  it('is killed when it is aborted, with the reason of that', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 200);
    expect(await caught(ffmpeg.run(endless('aborted'), { timeout: 60_000, signal: stop.signal }))).toBe(reason);
    expect(running('aborted')).toEqual([]);
    expect(await caught(ffmpeg.run(endless('never'), { timeout: 60_000, signal: stop.signal }))).toBe(reason);
  });

  it('is killed with all that it has started', async () => {
    const family = scripted(`sh -c 'sleep 61.25' & sleep 61.25`);
    await caught(family.run([], { timeout: 200 }));
    const sleeping = (): boolean =>
      execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).includes('sleep 61.25');
    expect(await waitFor(() => !sleeping(), 3000)).toBe(true);
  });

  it('does not outlive a process that is killed with -9', async () => {
    const program = `
      import { useFfmpeg } from '${join(import.meta.dirname, 'open-ffmpeg.ts')}';
      useFfmpeg(${JSON.stringify(found)}).run(${JSON.stringify(endless('orphan'))}, { timeout: 600000, onProgress() {} });`;
    const parent = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', program],
      {
        stdio: 'inherit',
      },
    );
    expect(await waitFor(() => running('orphan').length > 0, 10_000)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(await waitFor(() => running('orphan').length === 0, 2000)).toBe(true);
  });

  it('leaves no process behind when it ends well', async () => {
    await ffmpeg.run(['-f', 'lavfi', '-i', 'anullsrc', '-t', '0.1', '-metadata', 'title=well', '-f', 'null', '-'], {
      timeout: 10_000,
    });
    expect(running('well')).toEqual([]);
    expect(execFileSync('ps', ['-A', '-o', 'stat=,ppid='], { encoding: 'utf8' })).not.toMatch(
      new RegExp(`Z\\S* +${process.pid}$`, 'm'),
    );
  });

  it('tells that somebody else has killed it', async () => {
    const lost = scripted('kill -KILL $$');
    expect(await caught(lost.run([], { timeout: 5000 }))).toMatchObject({ reason: 'lost' });
  });

  it('gives its output no faster than it is taken, whole and in order', async () => {
    const chunks: Buffer[] = [];
    let taking = 0;
    await ffmpeg.run(['-f', 'lavfi', '-i', 'sine=r=48000:d=20', '-f', 's16le', 'pipe:1'], {
      timeout: 20_000,
      onOutput: async (chunk) => {
        taking += 1;
        expect(taking).toBe(1);
        await sleep(2);
        chunks.push(chunk);
        taking -= 1;
      },
    });
    expect(Buffer.concat(chunks)).toHaveLength(20 * 48_000 * 2);
  });

  it('ends when its output is not wanted any more', async () => {
    const enough = new Error('not one more');
    const args = ['-f', 'lavfi', '-i', 'anullsrc', '-metadata', 'title=unwanted', '-f', 's16le', 'pipe:1'];
    const run = ffmpeg.run(args, {
      timeout: 20_000,
      onOutput: () => {
        throw enough;
      },
    });
    expect(await caught(run)).toBe(enough);
    expect(running('unwanted')).toEqual([]);
  });

  it('tells how far it is', async () => {
    const told: number[] = [];
    const onProgress = (seconds: number): void => void told.push(seconds);
    await ffmpeg.run(['-f', 'lavfi', '-i', 'sine=d=3.5', '-f', 'null', '-'], { timeout: 20_000, onProgress });
    expect(told.at(-1)).toBeCloseTo(3.5, 2);
  });

  it('says when the disk is full', async () => {
    const error = await caught(
      ffmpeg.run(['-f', 'lavfi', '-i', 'sine=d=30', '-f', 'wav', 'file:/dev/full'], { timeout: 20_000 }),
    );
    expect(error).toBeInstanceOf(FfmpegError);
    expect(error).toMatchObject({ reason: 'full', words: expect.stringContaining('No space left on device') });
  });

  it('fails with its last words, and with no path of ours', async () => {
    const missing = join(folder, 'no-such.wav');
    const error = await caught(ffmpeg.run([...input(missing, 'wav'), '-f', 'null', '-'], { timeout: 10_000 }));
    expect(error).toMatchObject({ reason: 'failed', words: expect.stringContaining('no-such.wav: No such file') });
    expect(`${(error as FfmpegError).words}${(error as FfmpegError).message}`).not.toContain(folder);
  });

  it('has nothing of our environment, our files or our limits', async () => {
    process.env.SECRET_OF_OURS = 'hush';
    const out = join(folder, 'seen');
    const spy = scripted(`{ env; pwd; ulimit -c; ulimit -v; ls /proc/self/fd 2>/dev/null | wc -l; } > ${out}`);
    await spy.run([], { timeout: 5000 });
    delete process.env.SECRET_OF_OURS;
    const seen = readFileSync(out, 'utf8');
    expect(seen).not.toMatch(/hush|HOME=|DATABASE/);
    expect(seen).toMatch(/AV_LOG_FORCE_NOCOLOR=1/);
    expect(seen).toMatch(/^\/\n0$/m);
  });

  it('is told of absolute paths only', () => {
    expect(() => input('loop.wav', 'wav')).toThrow(RangeError);
    expect(() => fileUrl('http://example.com/a.mp3')).toThrow(RangeError);
    expect(() => fileUrl('-y')).toThrow(RangeError);
  });
});
