/** The stages of the pipeline, in their order. */
export const STAGES = [
  'fetch',
  'probe',
  'loudness',
  'transcode',
  'waveform',
  'fingerprint',
  'analyse',
  'store',
  'publish',
] as const;
export type Stage = (typeof STAGES)[number];

/** What clients can play. `aac` is an MP4 file; `mp3` is for old clients. */
export interface Rendition {
  name: 'aac' | 'mp3';
  contentType: 'audio/mp4' | 'audio/mpeg';
  /** Where it lies in the storage. */
  key: string;
  bytes: number;
  /** Strong, without quotes: the SHA-256 of its bytes in base64url. */
  etag: string;
}

/** How loud it was and is: EBU R128, LUFS and dBTP. Null where there is nothing to measure: silence. */
export interface Loudness {
  sourceIntegrated: number | null;
  sourceTruePeak: number | null;
  /** Of what is served, before it was encoded: encoders change it by a tenth or two. */
  integrated: number | null;
  /** Of what is served, decoded again: the AAC file's, or the MP3's where both were near -1. */
  truePeak: number | null;
  /** dB that were applied. */
  gain: number;
  /** Whether peaks had to be held down. */
  limited: boolean;
}

/** How the peaks of the waveform are to be read: as in the JSON of BBC audiowaveform, version 2, one channel, 8 bits. */
export interface Waveform {
  sampleRate: number;
  samplesPerPixel: number;
  /** Pairs of smallest and largest. */
  length: number;
}

/** What the pipeline found out about an upload, and what it made of it. Stored as JSON. */
export interface AudioResult {
  /** Seconds. */
  duration: number;
  source: { codec: string; sampleRate: number; channels: number; bitDepth: number | null };
  loudness: Loudness;
  waveform: Waveform;
  /** Confidence is 0 to 1. Null when nothing could be said. */
  tempo: { bpm: number; confidence: number } | null;
  key: { name: string; confidence: number } | null;
  /** An earlier upload that sounds the same. */
  duplicateOf: string | null;
  renditions: Rendition[];
}
