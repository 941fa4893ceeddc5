import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AudioFailure } from '../../src/features/audio/failure.ts';
import { AUDIO_FORMATS } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../src/integrations/ffmpeg/input.ts';
import { makeAudio } from './files.ts';
import { cut, flacBomb, flacBombThatHides, outwardM4a, promisingWav, taggedMp3, text, video } from './hostile-files.ts';
import { installedFfmpegs, runPipeline } from './pipeline-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidechain-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { PATH, npm } = await installedFfmpegs();
const ffmpegs = [
  ['of the PATH', PATH],
  ['of npm', npm],
] as const;

let server: Server;
let visits = 0;
let url: string;
beforeAll(async () => {
  server = createServer((_, response) => {
    visits += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.wav`;
});
afterAll(() => {
  server.close();
});

/** What the pipeline says of a file: `ok`, or why not. @throws what is no AudioFailure. */
const verdict = async (ffmpeg: NonNullable<typeof PATH>, path: string, limits = {}): Promise<string> => {
  try {
    await runPipeline(ffmpeg, path, folder, limits);
    return 'ok';
  } catch (error) {
    if (!(error instanceof AudioFailure)) throw error;
    expect(error.message).not.toContain(folder);
    expect(error.words ?? '').not.toContain(folder);
    return error.reason;
  }
};

describe.each(ffmpegs)('a hostile upload, ffmpeg %s', (which, given) => {
  const test = given ? it : it.skip;
  const says = (path: string, limits = {}) => verdict(given as NonNullable<typeof given>, path, limits);

  test('FLAC of many hours in a small file is refused for its length, whatever its header says', async () => {
    expect(await says(flacBomb(folder, 0.5))).toBe('too_long');
    expect(await says(flacBombThatHides(folder, 0.5), { maxDuration: 600 })).toBe('too_long');
  });

  test('video is no audio, with sound or without', async () => {
    expect(await says(video(folder, true))).toBe('video');
    expect(await says(video(folder, false))).toBe('video');
  });

  test('text of any kind is nothing that opens anything', async () => {
    const secret = await makeAudio(folder, { kind: 'tone', seconds: 1, format: 'wav' });
    const before = visits;
    const texts = {
      playlist: `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${url}\n#EXTINF:2,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      concat: `ffconcat version 1.0\nfile ${secret}\nfile ${url}\n`,
      metadata: ';FFMETADATA1\ntitle=x\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\n',
      picture: `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/></svg>`,
      words: 'hello, this is no music '.repeat(500),
      nothing: '',
    };
    for (const [name, content] of Object.entries(texts)) {
      for (const format of AUDIO_FORMATS) {
        if (which === 'of npm' && format !== 'mp3') continue;
        const said = await says(text(folder, `${name}.${format}`, content));
        expect(said, `${name}.${format}`).toBe('unreadable');
      }
    }
    expect(visits).toBe(before);
  });

  test('M4A that names another file or a URL as its samples reads neither', async () => {
    const before = visits;
    const other = await makeAudio(folder, { kind: 'noise', seconds: 1, format: 'wav' });
    for (const path of [await outwardM4a(folder, 'url ', url), await outwardM4a(folder, 'alis', other)]) {
      expect(['ok', 'unreadable']).toContain(await says(path));
    }
    expect(visits).toBe(before);
    const alias = input(join(folder, 'outward-alis.m4a'), 'm4a');
    const { words } = (await given?.run([...alias, '-f', 'null', '-'], { timeout: 10_000 })) ?? { words: '' };
    expect(words).toContain('Skipped opening external track');
  });

  test('WAV that promises 4 GB is refused, unless its size just was not known when it was begun', async () => {
    expect(await says(await promisingWav(folder, 0xffffffff))).toBe('ok');
    expect(await says(await promisingWav(folder, 0xfffffff0))).toBe('unreadable');
  });

  test('MP3 behind a tag of 48 MB is read all the same', async () => {
    expect(await says(await taggedMp3(folder, 48_000_000))).toBe('ok');
  });
});

const ffmpeg = PATH ?? npm;
describe.runIf(ffmpeg)('a damaged upload', () => {
  const says = (path: string, limits = {}) => verdict(ffmpeg as NonNullable<typeof ffmpeg>, path, limits);

  it.each(['wav', 'aiff', 'flac', 'm4a'] as const)('that is cut in the middle, %s, is refused', async (format) => {
    const path = await makeAudio(folder, { kind: 'chords', seconds: 2, format });
    expect(await says(cut(path, 0.5))).toBe('unreadable');
  });

  it.each(['mp3', 'ogg'] as const)(
    'that is cut in the middle, %s, is taken for what it holds, as a player does',
    async (format) => {
      const path = await makeAudio(folder, { kind: 'music', seconds: 4, format });
      expect(await says(cut(path, 0.5))).toBe('ok');
    },
  );

  it('with some bytes changed is played over', async () => {
    const path = await makeAudio(folder, { kind: 'chords', seconds: 2, format: 'mp3' });
    const bytes = readFileSync(path);
    for (let at = 5000; at < 5200; at += 1) bytes[at] = 0xaa;
    mkdirSync(join(folder, 'changed'), { recursive: true });
    writeFileSync(join(folder, 'changed', 'a.mp3'), bytes);
    expect(await says(join(folder, 'changed', 'a.mp3'))).toBe('ok');
  });

  it.each([
    ['too short', { kind: 'tone', seconds: 0.02, format: 'wav' }, 'too_short'],
    ['too long', { kind: 'tone', seconds: 3, format: 'wav' }, 'too_long'],
    ['of a rate that is too low', { kind: 'tone', seconds: 1, format: 'wav', rate: 4000 }, 'unreadable'],
    ['of a rate that is too high', { kind: 'tone', seconds: 1, format: 'wav', rate: 384_000 }, 'unreadable'],
    ['of too many channels', { kind: 'noise', seconds: 1, format: 'wav', channels: 12 }, 'unreadable'],
  ] as const)('or one that is %s is refused', async (_, spec, reason) => {
    expect(await says(await makeAudio(folder, spec), { maxDuration: 2 })).toBe(reason);
  });
});
