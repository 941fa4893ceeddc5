/** Twice the rate sees nearly all of a peak between samples; four times as much costs 2 ms of CPU for a second of audio more. */
const OVERSAMPLING = 2;
/** Seconds by which the limiter looks ahead, and by which its output is late. */
const LOOK_AHEAD = 0.005;

/**
 * Filters that hold true peaks at `ceiling` dBTP, within 0.5 dB: ffmpeg's look-ahead limiter at twice the rate, where most
 * peaks between the samples are samples. The limiter is late by its look-ahead, so the sound is padded at its end and cut at
 * its start by as much (newer versions can do that themselves, older ones cannot). `level=disabled`: it would otherwise
 * make everything as loud as the limit.
 * @param sampleRate Hz, before and after
 */
export const limitTruePeak = (ceiling: number, sampleRate: number): string => {
  const rate = sampleRate * OVERSAMPLING;
  const late = Math.round(rate * LOOK_AHEAD) - 1;
  return [
    `aresample=${rate}`,
    `apad=pad_len=${late}`,
    `alimiter=level=disabled:limit=${(10 ** (ceiling / 20)).toFixed(6)}:attack=${LOOK_AHEAD * 1000}:release=50`,
    `atrim=start_sample=${late}`,
    'asetpts=N/SR/TB',
    `aresample=${sampleRate}`,
  ].join(',');
};
