import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AudioFailure } from '../../src/features/audio/failure.ts';
import { measureLoudness } from '../../src/features/audio/pipeline/measure-loudness.ts';
import { probeAudio } from '../../src/features/audio/pipeline/probe.ts';
import { servedForm } from '../../src/features/audio/pipeline/served-form.ts';
import { AUDIO_FORMATS, type AudioFormat } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { findFfmpeg } from '../../src/integrations/ffmpeg/find-ffmpeg.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { outwardM4a } from './hostile-files.ts';
import { mayTrace, type Trace, tracedFfmpeg } from './strace.ts';

const folder = temporaryFolder('containment');
const work = join(folder, 'work');
const secrets = join(folder, 'secrets');
let secret: string;
let sound: Record<AudioFormat, Buffer>;

/** What a file may make ffmpeg visit. */
let server: Server;
let visits = 0;
let url: string;

beforeAll(async () => {
  for (const place of [work, secrets]) mkdirSync(place);
  secret = await makeAudio(secrets, { kind: 'tone', seconds: 1, format: 'wav' });
  const made = AUDIO_FORMATS.map(async (format) => {
    const path = await makeAudio(folder, { kind: 'chords', seconds: 0.5, format });
    return [format, readFileSync(path)];
  });
  sound = Object.fromEntries(await Promise.all(made));
  server = createServer((_, response) => {
    visits += 1;
    response.end(readFileSync(secret));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.wav`;
});
afterAll(() => {
  server?.close();
});

/** Files of text that make some demuxer of ffmpeg open others. */
const texts = (): Record<string, string> => ({
  'an HLS playlist': `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${url}\n#EXTINF:2,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
  'an HLS playlist with a key': `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${url}"\n#EXTINF:2,\n${secret}\n#EXT-X-ENDLIST\n`,
  'an HLS playlist that concatenates': `#EXTM3U\n#EXTINF:2,\nconcat:${secret}|${url}\n#EXT-X-ENDLIST\n`,
  'a concat script': `ffconcat version 1.0\nfile '${secret}'\nfile ${url}\n`,
  'a DASH manifest': `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
  'a session description': `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n`,
  metadata: `;FFMETADATA1\ntitle=${url}\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\n`,
  'an SVG': `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="file://${secret}"/><image href="${url}"/></svg>`,
  subtitles: `1\n00:00:00,000 --> 00:00:02,000\n<img src="${url}">\n`,
  'ASS subtitles': `[Script Info]\nAudio URI: ${secret}\n[Events]\nDialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,x\n`,
  'MicroDVD, in VobSub': `# VobSub index file, v7\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n`,
});

const tag = (mime: string, content: string): Buffer => {
  const body = Buffer.from(`\0${mime}\0\x03\0${content}`, 'latin1');
  const frame = Buffer.concat([Buffer.from('APIC'), Buffer.from([0, 0, 0, body.length, 0, 0]), body]);
  return Buffer.concat([
    Buffer.from('ID3\x03\0\0\0\0', 'latin1'),
    Buffer.from([frame.length >> 7, frame.length & 127]),
    frame,
  ]);
};

/** Real audio that names something else: a picture by its address, samples in another file. */
const sounds = async (): Promise<Record<string, [AudioFormat, Buffer]>> => ({
  'an MP3 whose cover is a link': ['mp3', Buffer.concat([tag('-->', url), sound.mp3])],
  'an MP3 whose cover is a playlist': [
    'mp3',
    Buffer.concat([tag('image/png', texts()['an HLS playlist'] ?? ''), sound.mp3]),
  ],
  'a FLAC behind a tag with a link': ['flac', Buffer.concat([tag('-->', `file://${secret}`), sound.flac])],
  'an M4A whose samples are at a URL': ['m4a', readFileSync(await outwardM4a(folder, 'url ', url))],
  'an M4A whose samples are in another file': ['m4a', readFileSync(await outwardM4a(folder, 'alis', secret))],
  'an M4A whose samples are in a file beside it': ['m4a', readFileSync(await outwardM4a(folder, 'alis', 'beside.wav'))],
  'a WAV with a playlist behind it': ['wav', Buffer.concat([sound.wav, Buffer.from(texts()['an HLS playlist'] ?? '')])],
});

/** Names that mean something to ffmpeg, were they not given as addresses of files. */
const NAMES = [
  '-i',
  '-y',
  'source-%d.wav',
  'source-%03d',
  'concat:a|b',
  'http:x',
  'crypto:a',
  'a b;c&d',
  "'a'",
  'pipe:0',
  '@list',
  '[in]',
];

/** Of a file of which ffprobe says nothing. */
const UNKNOWN = { codec: 'x', duration: undefined, sampleRate: 44_100, channels: 2, bitDepth: 16, otherStreams: [] };

const installed = await Promise.all([findFfmpeg(undefined, process.env.PATH ?? ''), findFfmpeg(undefined, '')]);

describeWith('strace')('ffmpeg, as the kernel sees it', () => {
  describe.each([
    ['of the PATH', installed[0]],
    ['of npm', installed[1]],
  ] as const)('%s', (which, found) => {
    const isNew = found && (which === 'of the PATH' || installed[0]?.from === 'PATH');
    const test = it.runIf(isNew && mayTrace());
    const traces = join(folder, which.replaceAll(' ', '-'));
    const traced = (): ReturnType<typeof tracedFfmpeg> => {
      mkdirSync(traces, { recursive: true });
      return tracedFfmpeg(found as NonNullable<typeof found>, traces);
    };

    /** Runs what reads an upload, and says what ffmpeg and ffprobe asked the kernel for. */
    const run = async (path: string, format: AudioFormat): Promise<{ said: string } & Trace> => {
      const { ffmpeg, take } = traced();
      const limits = { timeout: 20_000, maxDuration: 1200 };
      let said = 'ok';
      const note = (error: unknown): void => {
        if (!(error instanceof AudioFailure)) throw error;
        said = error.reason;
      };
      // ffmpeg reads also what ffprobe does not, as if it had come to that.
      const probe = (await probeAudio(ffmpeg, path, format, limits).catch(note)) ?? UNKNOWN;
      await measureLoudness(ffmpeg, { path, format, probe }, servedForm(probe), limits).catch(note);
      return { said, ...take() };
    };

    /** What the linker and the libraries read, whatever the file. */
    let usual: ReadonlySet<string>;
    const intrusions = async (path: string, format: AudioFormat): Promise<{ said: string; intrusions: string[] }> => {
      if (usual === undefined) {
        const plain = join(work, 'plain');
        writeFileSync(plain, sound.wav);
        usual = new Set((await run(plain, 'wav')).opened.filter((name) => !name.startsWith(folder)));
      }
      const { said, opened, other } = await run(path, format);
      expect(opened.filter((name) => name === path).length).toBeGreaterThanOrEqual(2);
      return { said, intrusions: [...opened.filter((name) => name !== path && !usual.has(name)), ...other] };
    };

    test('opens nothing but a text that names other files and addresses, whatever format it is taken for', async () => {
      const formats = which === 'of the PATH' ? AUDIO_FORMATS : (['mp3', 'm4a'] as const);
      for (const [name, content] of Object.entries(texts())) {
        for (const format of formats) {
          const path = join(work, 'source');
          writeFileSync(path, content);
          expect(await intrusions(path, format), `${name} as ${format}`).toEqual({
            said: 'unreadable',
            intrusions: [],
          });
        }
      }
      expect(visits).toBe(0);
    }, 120_000);

    test('opens nothing but a sound that refers to other things', async () => {
      writeFileSync(join(work, 'beside.wav'), readFileSync(secret));
      for (const [name, [format, bytes]] of Object.entries(await sounds())) {
        const path = join(work, 'source');
        writeFileSync(path, bytes);
        expect((await intrusions(path, format)).intrusions, name).toEqual([]);
      }
      expect(visits).toBe(0);
    });

    test('takes every name for that of a file', async () => {
      for (const name of which === 'of the PATH' ? NAMES : NAMES.slice(0, 3)) {
        const path = join(work, name);
        writeFileSync(path, sound.wav);
        expect(await intrusions(path, 'wav'), name).toEqual({ said: 'ok', intrusions: [] });
      }
    });
  });
});
