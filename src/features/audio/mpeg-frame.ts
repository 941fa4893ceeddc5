/** kbit/s of Layer III by index: MPEG-1, then MPEG-2 and 2.5. 0 is "free format", 15 is forbidden. */
const BITRATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
/** Hz of MPEG-1 by index; MPEG-2 has half of it, MPEG-2.5 a quarter. */
const SAMPLE_RATES = [44_100, 48_000, 32_000] as const;

export const FRAME_HEADER_BYTES = 4;

/**
 * The length of the MPEG Layer III frame whose header stands at `at`, in bytes: ISO/IEC 11172-3, 2.4.1.3, and
 * 13818-3 for the lower sample rates. Undefined when there is no such header. AAC in ADTS has the same first bits and
 * layer 0, so it is none.
 */
export const layer3FrameLength = (bytes: Uint8Array, at: number): number | undefined => {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + FRAME_HEADER_BYTES);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  if (version === 1 || layer !== 1) return undefined;
  const isVersion1 = version === 3;
  const bitrate = BITRATES[isVersion1 ? 0 : 1][third >> 4];
  const rate = SAMPLE_RATES[(third >> 2) & 3];
  if (!bitrate || rate === undefined) return undefined;
  const sampleRate = isVersion1 ? rate : version === 2 ? rate / 2 : rate / 4;
  const padding = (third >> 1) & 1;
  return Math.floor(((isVersion1 ? 144_000 : 72_000) * bitrate) / sampleRate) + padding;
};
