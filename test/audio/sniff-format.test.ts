import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sniffFormat } from '../../src/features/audio/sniff-format.ts';
import { type AudioSpec, makeAudio } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidechain-sniff-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Gives it as many bytes as it asks for, as an upload does. */
const sniff = (bytes: Buffer): string | undefined => {
  let length = Math.min(1, bytes.length);
  for (let asked = 0; asked < 5; asked += 1) {
    const sniffed = sniffFormat(bytes.subarray(0, length), length >= bytes.length);
    if (typeof sniffed !== 'object') return sniffed;
    expect(sniffed.needs).toBeGreaterThan(length);
    length = Math.min(sniffed.needs, bytes.length);
  }
  throw new Error('it asks for ever more');
};

const SPECS: [string, Omit<AudioSpec, 'kind'>][] = [
  ['wav', { seconds: 1, format: 'wav' }],
  ['wav', { seconds: 1, format: 'wav', codec: 'pcm_f32le', rate: 192_000 }],
  ['wav', { seconds: 1, format: 'wav', args: ['-rf64', 'always'] }],
  ['aiff', { seconds: 1, format: 'aiff' }],
  ['aiff', { seconds: 1, format: 'aiff', codec: 'pcm_f32be' }],
  ['flac', { seconds: 1, format: 'flac' }],
  ['m4a', { seconds: 1, format: 'm4a' }],
  ['m4a', { seconds: 1, format: 'm4a', args: ['-brand', 'isom'] }],
  ['ogg', { seconds: 1, format: 'ogg' }],
  ['ogg', { seconds: 1, format: 'ogg', codec: 'flac' }],
  ['ogg', { seconds: 1, format: 'ogg', codec: 'libopus', rate: 48_000 }],
  ['mp3', { seconds: 1, format: 'mp3' }],
  ['mp3', { seconds: 1, format: 'mp3', args: ['-id3v2_version', '0', '-write_xing', '0'] }],
  ['mp3', { seconds: 1, format: 'mp3', rate: 16_000, channels: 1, args: ['-id3v2_version', '0'] }],
  ['mp3', { seconds: 1, format: 'mp3', rate: 8000, channels: 1, args: ['-id3v2_version', '0'] }],
  ['mp3', { seconds: 0.05, format: 'mp3', args: ['-id3v2_version', '0'] }],
];

it.each(SPECS)('knows a real %s: %o', async (format, spec) => {
  const path = await makeAudio(folder, { kind: 'sweep', ...spec });
  expect(sniff(readFileSync(path))).toBe(format);
});

const tag = (content: number, padding = 0): Buffer => {
  const size = content + padding;
  const sizes = [21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f);
  return Buffer.concat([
    Buffer.from('ID3\x04\0\0', 'latin1'),
    Buffer.from(sizes),
    Buffer.alloc(content, 0x41),
    Buffer.alloc(padding),
  ]);
};

const ogg = (packet: string): Buffer =>
  Buffer.concat([
    Buffer.from('OggS'),
    Buffer.alloc(22),
    Buffer.from([1, packet.length]),
    Buffer.from(packet, 'latin1'),
    Buffer.alloc(5000),
  ]);

const ftyp = (major: string, ...compatible: string[]): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(16 + 4 * compatible.length);
  head.write('ftyp', 4);
  return Buffer.concat([
    head,
    Buffer.from(major),
    Buffer.alloc(4),
    Buffer.from(compatible.join('')),
    Buffer.alloc(5000),
  ]);
};

it('looks behind tags, and does not hold a long one in memory to do so', async () => {
  const path = await makeAudio(folder, { kind: 'sweep', seconds: 1, format: 'mp3', args: ['-id3v2_version', '0'] });
  const mp3 = readFileSync(path);
  const flac = readFileSync(await makeAudio(folder, { kind: 'sweep', seconds: 1, format: 'flac' }));
  expect(sniff(Buffer.concat([tag(1000), flac]))).toBe('flac');
  expect(sniff(Buffer.concat([tag(100_000), flac]))).toBe('flac');
  expect(sniff(Buffer.concat([tag(100_000, 3000), mp3]))).toBe('mp3');
  expect(sniff(Buffer.concat([tag(2_000_000), mp3]))).toBe('mp3');
  expect(sniff(Buffer.concat([tag(1000), Buffer.alloc(700, 0x41), mp3]))).toBe('mp3');
  expect(sniff(Buffer.concat([tag(1000), tag(1000), mp3]))).toBe('mp3');
  expect(sniff(Buffer.concat([Buffer.alloc(500), mp3]))).toBe('mp3');
  // A tag proves nothing by itself.
  expect(sniff(Buffer.concat([tag(1000), Buffer.from('<html>'.repeat(2000))]))).toBeUndefined();
  expect(sniff(Buffer.from('ID3\x04\0\0\xff\xff\xff\xff', 'latin1'))).toBeUndefined();
  expect(sniff(Buffer.from('ID3'))).toBeUndefined();
});

it.each([
  ['Theora', ogg('\x80theora')],
  ['Speex', ogg('Speex   1.2')],
  ['Ogg Skeleton', ogg('fishead\0')],
  ['QuickTime', ftyp('qt  ', 'qt  ')],
  ['HEIC', ftyp('heic', 'mif1', 'heic')],
  ['AVIF', ftyp('avif', 'mif1', 'miaf', 'isom')],
  ['3GPP', ftyp('3gp4', '3gp4')],
  ['Matroska', Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(5000)])],
  ['AVI', Buffer.concat([Buffer.from('RIFF\x10\0\0\0AVI LIST'), Buffer.alloc(5000)])],
  ['WebP', Buffer.concat([Buffer.from('RIFF\x10\0\0\0WEBPVP8 '), Buffer.alloc(5000)])],
  [
    'MPEG Layer II',
    Buffer.concat(
      Array.from({ length: 20 }, () => Buffer.concat([Buffer.from([0xff, 0xfd, 0x84, 0x00]), Buffer.alloc(380)])),
    ),
  ],
  ['AAC in ADTS', Buffer.concat([Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc]), Buffer.alloc(5000)])],
  [
    'AAC in ADTS behind a tag',
    Buffer.concat([tag(100), Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc]), Buffer.alloc(5000, 0x11)]),
  ],
  ['one sync and noise', Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(5000, 0x5a)])],
  ['UTF-16 text', Buffer.from('\ufeffhello'.repeat(1000), 'utf16le')],
  ['zeros', Buffer.alloc(10_000)],
  ['PDF', Buffer.from('%PDF-1.7\n'.repeat(1000))],
  ['a playlist', Buffer.from('#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd\n')],
  ['ffconcat', Buffer.from('ffconcat version 1.0\nfile /etc/passwd\n')],
  ['an empty file', Buffer.alloc(0)],
])('takes no %s', (_name, bytes) => expect(sniff(bytes)).toBeUndefined());
