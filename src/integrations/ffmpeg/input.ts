import { isAbsolute } from 'node:path';
import type { AudioFormat } from './ffmpeg.ts';

/** ffmpeg's demuxer of each format, and the decoders of what those files hold. */
const READERS: Record<AudioFormat, { demuxer: string; decoders: readonly string[] }> = {
  mp3: { demuxer: 'mp3', decoders: ['mp3float', 'mp3', 'mp2float', 'mp2', 'mp1float', 'mp1'] },
  wav: {
    demuxer: 'wav',
    decoders: [
      ...['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
      ...['adpcm_ms', 'adpcm_ima_wav', 'mp3float', 'mp3'],
    ],
  },
  aiff: {
    demuxer: 'aiff',
    decoders: [
      ...['pcm_s8', 'pcm_u8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be', 'pcm_f32be', 'pcm_f64be', 'pcm_alaw', 'pcm_mulaw'],
      ...['pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'adpcm_ima_qt'],
    ],
  },
  m4a: {
    demuxer: 'mov',
    decoders: ['aac', 'alac', 'mp3float', 'mp3', 'pcm_s16le', 'pcm_s16be', 'pcm_s24be', 'flac', 'opus'],
  },
  flac: { demuxer: 'flac', decoders: ['flac'] },
  ogg: { demuxer: 'ogg', decoders: ['vorbis', 'libvorbis', 'opus', 'libopus', 'flac', 'libspeex', 'speex'] },
};

/** A track of a QuickTime file may say that its samples are in another file, by path or by URL. ffmpeg's defaults, pinned. */
const MOV_OPTIONS = ['-enable_drefs', '0', '-use_absolute_path', '0'];

/**
 * What ffmpeg and ffprobe need to be told before an input, `-i` not included. The demuxer is named, never guessed, so that a
 * playlist or a script named .mp3 opens nothing; and no protocol but files and pipes is there for whatever a file may ask.
 */
export const readerOptions = (format: AudioFormat): string[] => {
  const { demuxer } = READERS[format];
  return [
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', demuxerNames(demuxer)],
    ...(demuxer === 'mov' ? MOV_OPTIONS : []),
    ...['-f', demuxer],
  ];
};

/** The list is compared with the whole name of a demuxer, and mov has six. */
const demuxerNames = (demuxer: string): string => (demuxer === 'mov' ? 'mov,mp4,m4a,3gp,3g2,mj2' : demuxer);

/** @throws RangeError when it is not absolute: ffmpeg runs elsewhere, and a name could be an option. */
export const fileUrl = (path: string): string => {
  if (!isAbsolute(path)) throw new RangeError(`ffmpeg takes absolute paths, not ${path}`);
  return `file:${path}`;
};

/**
 * The arguments of an input of ffmpeg: a local file of a known format, decoded by one thread. Only decoders of audio may run
 * (ffprobe cannot be told that: it opens all streams, and would fail on every cover).
 */
export const input = (path: string, format: AudioFormat): string[] => [
  ...readerOptions(format),
  ...['-codec_whitelist', READERS[format].decoders.join(',')],
  ...['-threads', '1', '-i', fileUrl(path)],
];
