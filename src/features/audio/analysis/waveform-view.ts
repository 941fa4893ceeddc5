import type { Waveform } from '../result.ts';

/** Bars of the picture, at most. */
const COLUMNS = 800;

/** The data of BBC audiowaveform, version 2: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md */
export interface WaveformJson {
  version: 2;
  channels: 1;
  sample_rate: number;
  samples_per_pixel: number;
  bits: 8;
  /** Pixels. */
  length: number;
  /** Smallest and largest of each pixel, -128 to 127, by turns. */
  data: number[];
}

/** @param peaks pairs of smallest and largest as signed bytes, as they are stored */
export const waveformJson = (peaks: Uint8Array, waveform: Waveform): WaveformJson => ({
  version: 2,
  channels: 1,
  sample_rate: waveform.sampleRate,
  samples_per_pixel: waveform.samplesPerPixel,
  bits: 8,
  length: waveform.length,
  data: Array.from(signed(peaks)),
});

/**
 * A picture of the peaks in the colour of the text around it, a bar for each column, stretched to wherever it stands.
 * @param peaks pairs of smallest and largest as signed bytes, as they are stored
 * @returns a document of 20 KB at most, without scripts or links.
 */
export const waveformSvg = (peaks: Uint8Array, waveform: Waveform): string => {
  const data = signed(peaks);
  const pixels = Math.min(waveform.length, data.length >> 1);
  const columns = Math.min(pixels, COLUMNS);
  let path = '';
  for (let column = 0; column < columns; column += 1) {
    const { low, high } = range(
      data,
      Math.floor((column * pixels) / columns),
      Math.floor(((column + 1) * pixels) / columns),
    );
    // Silence is a line one unit thick.
    path += `M${column}.5 ${127 - high}V${128 - low}`;
  }
  const seconds = (waveform.length * waveform.samplesPerPixel) / waveform.sampleRate;
  const title = `Waveform of ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} seconds of audio`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.max(1, columns)} 256" preserveAspectRatio="none" role="img">` +
    `<title>${title}</title><path d="${path}" fill="none" stroke="currentColor"/></svg>`
  );
};

const signed = (peaks: Uint8Array): Int8Array => new Int8Array(peaks.buffer, peaks.byteOffset, peaks.byteLength);

/** Of the pixels from `first` up to, not including, `end`. */
const range = (data: Int8Array, first: number, end: number): { low: number; high: number } => {
  let [low, high] = [127, -128];
  for (let pixel = first; pixel < end; pixel += 1) {
    low = Math.min(low, data[2 * pixel] ?? 0);
    high = Math.max(high, data[2 * pixel + 1] ?? 0);
  }
  return { low, high };
};
