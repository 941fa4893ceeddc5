import type { AudioFormat } from '../../integrations/ffmpeg/ffmpeg.ts';
import { FRAME_HEADER_BYTES, layer3FrameLength } from './mpeg-frame.ts';

/** A format; or how many first bytes are needed to tell; or undefined: none that is taken. */
export type Sniffed = AudioFormat | { needs: number } | undefined;

/** Enough for everything but what stands behind a tag. */
const ENOUGH = 4096;
/** Behind a longer tag than this (a cover picture is in it) nobody looks: what has one is taken for an MP3. */
const LONGEST_TAG = 256 * 1024;
const TAG_HEADER_BYTES = 10;

/** Major brands of MP4 that players of audio write, and general ones that may hold audio: the probe sees what is in it. */
const MP4_BRANDS = new Set(['M4A ', 'M4B ', 'mp41', 'mp42', 'isom', 'iso2', 'iso4', 'iso5', 'iso6', 'dash']);

/**
 * Judges by its first bytes which of the formats that are taken a file is; its name does not matter.
 * @param isWhole there is no more of the file than `head`
 */
export const sniffFormat = (head: Buffer, isWhole: boolean): Sniffed => {
  if (head.length < ENOUGH && !isWhole) return { needs: ENOUGH };
  const word = (at: number): string => head.toString('latin1', at, at + 4);
  if (['RIFF', 'RF64'].includes(word(0)) && word(8) === 'WAVE') return 'wav';
  if (word(0) === 'FORM' && ['AIFF', 'AIFC'].includes(word(8))) return 'aiff';
  if (word(0) === 'fLaC') return 'flac';
  if (word(0) === 'OggS') return isOggAudio(head) ? 'ogg' : undefined;
  if (word(4) === 'ftyp') return isAudioBrand(head) ? 'm4a' : undefined;
  if (head.toString('latin1', 0, 3) === 'ID3') return behindTag(head, isWhole);
  return isLayer3(head, skipZeros(head), isWhole) ? 'mp3' : undefined;
};

/**
 * RFC 3533: a page's header is 27 bytes and a table of segments, and the first packet of a stream says what it is.
 * Theora, Skeleton and others are no audio, or none that is taken.
 */
const isOggAudio = (head: Buffer): boolean => {
  const packet = head.subarray(27 + (head[26] ?? 0));
  return ['\x01vorbis', 'OpusHead', '\x7fFLAC'].some((magic) => packet.toString('latin1', 0, magic.length) === magic);
};

/** ISO/IEC 14496-12, 4.3: size, `ftyp`, the major brand, its version, and the brands it is compatible with. */
const isAudioBrand = (head: Buffer): boolean => {
  const size = Math.min(head.readUInt32BE(0), head.length);
  const major = head.toString('latin1', 8, 12);
  if (MP4_BRANDS.has(major)) return true;
  for (let at = 16; at + 4 <= size; at += 4) if (head.toString('latin1', at, at + 4) === 'M4A ') return true;
  return false;
};

/** What follows an ID3v2 tag: usually MP3, now and then FLAC. The tag says its length in 4 times 7 bits. */
const behindTag = (head: Buffer, isWhole: boolean): Sniffed => {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, TAG_HEADER_BYTES);
  if ((a | b | c | d) & 0x80 || head.length < TAG_HEADER_BYTES) return undefined;
  const hasFooter = ((head[5] ?? 0) & 0x10) !== 0;
  const end = TAG_HEADER_BYTES + (a << 21) + (b << 14) + (c << 7) + d + (hasFooter ? TAG_HEADER_BYTES : 0);
  if (end > LONGEST_TAG) return 'mp3';
  if (head.length < end + ENOUGH && !isWhole) return { needs: end + ENOUGH };
  if (head.toString('latin1', end, end + 4) === 'fLaC') return 'flac';
  // Some files have two tags, and padding may fill all that was looked at.
  if (head.toString('latin1', end, end + 3) === 'ID3' || (skipZeros(head, end) >= head.length && !isWhole))
    return 'mp3';
  // Tags that say a wrong length are common.
  for (let at = end; at < head.length; at += 1) if (isLayer3(head, at, isWhole)) return 'mp3';
  return undefined;
};

/** Some encoders leave zeros before the first frame. */
const skipZeros = (head: Buffer, from = 0): number => {
  let at = from;
  while (at < head.length && head[at] === 0) at += 1;
  return at;
};

/** A frame with another behind it, or with the end of the file: four bytes that look like a header prove little. */
const isLayer3 = (head: Buffer, at: number, isWhole: boolean): boolean => {
  if (at + FRAME_HEADER_BYTES > head.length) return false;
  const length = layer3FrameLength(head, at);
  if (length === undefined) return false;
  const next = at + length;
  if (next + FRAME_HEADER_BYTES > head.length) return isWhole && next >= head.length;
  return layer3FrameLength(head, next) !== undefined;
};
