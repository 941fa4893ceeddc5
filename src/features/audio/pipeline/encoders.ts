import type { Rendition } from '../result.ts';
import { BANDWIDTH } from './served-form.ts';

/** Nothing of the upload but its sound: no title, no picture, no chapters. */
const SOUND_ONLY = ['-map_metadata', '-1', '-map_chapters', '-1', '-vn', '-sn', '-dn', '-threads', '1'];

/**
 * ffmpeg's AAC encoder in its fast mode and LAME at quality 7, both at a quality instead of a bit rate: AAC is then done with
 * each frame at the first try, where at 192 kb/s it tries again and again, and misses that by a third at last. On music that
 * is about 200 kb/s of AAC and 130 to 190 of MP3. At 160 kb/s AAC overshoots so far, once in ten minutes of dense music, that all
 * of it has to be made again. Left and right are coded each by itself, which spares LAME a fifth
 * of its work and AAC a tenth; and what AAC errs by on left and right does not add up in the middle.
 * @returns arguments of ffmpeg for one output
 */
export const encoder = (name: Rendition['name'], channels: 1 | 2): string[] => [
  ...SOUND_ONLY,
  ...['-cutoff', `${BANDWIDTH}`],
  ...(name === 'aac'
    ? // The index goes to the front, so that playing begins before all has arrived.
      [
        ...['-c:a', 'aac', '-aac_coder', 'fast', '-q:a', '2.3', ...(channels === 2 ? ['-aac_ms', '0'] : [])],
        ...['-aac_tns', '0', '-movflags', '+faststart', '-f', 'ipod'],
      ]
    : // LAME's header tells players how long it is, and how much silence the encoder has put around it, so that loops close.
      [
        ...['-c:a', 'libmp3lame', '-compression_level', '7', '-joint_stereo', '0', '-q:a', '2'],
        ...['-write_xing', '1', '-id3v2_version', '0', '-f', 'mp3'],
      ]),
];
