import type { AudioFormat, Probe } from '../../../integrations/ffmpeg/ffmpeg.ts';

/** An uploaded file on this disk, with what its container says of it. */
export interface Source {
  /** Absolute. */
  path: string;
  format: AudioFormat;
  probe: Probe;
}

/**
 * Hertz up to which sound is served. Hardly anybody hears more, and what is above is nothing of music's loudness. 16 kHz would
 * spare AAC a sixth of its time, and young ears could tell.
 */
export const BANDWIDTH = 18_000;

/** How audio is served: at a rate that every player knows, in mono or stereo. */
export interface ServedForm {
  sampleRate: 44_100 | 48_000;
  channels: 1 | 2;
}

/** The family of rates that the source belongs to, so that most are left as they are or divided by a whole number. */
export const servedForm = ({ sampleRate, channels }: Probe): ServedForm => ({
  sampleRate: sampleRate % 11_025 === 0 ? 44_100 : 48_000,
  channels: channels === 1 ? 1 : 2,
});

/**
 * Filters that bring a source into the form in which it is served, without touching its level otherwise. Everything is
 * floating point, so that the sums of a downmix (ITU-R BS.775: centre and surrounds at -3 dB, no LFE) may exceed full scale
 * for as long as the gain has not been applied. Time is counted in samples: timestamps of a file may say anything.
 * @param end seconds at which it is cut
 */
export const toServedForm = ({ probe }: Source, form: ServedForm, end: number): string => {
  const layout = form.channels === 1 ? 'mono' : 'stereo';
  return [
    'asetpts=N/SR/TB',
    `atrim=end=${end.toFixed(6)}`,
    // The first conversion only makes it floating point: a downmix of integers would be scaled down to be safe.
    'aformat=sample_fmts=flt',
    ...(probe.sampleRate === form.sampleRate ? [] : [`aresample=${form.sampleRate}:filter_size=64:cutoff=0.98`]),
    `aformat=sample_fmts=flt:sample_rates=${form.sampleRate}:channel_layouts=${layout}`,
  ].join(',');
};
