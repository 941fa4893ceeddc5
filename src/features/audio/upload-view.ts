import type { Upload, UploadStatus } from '../../data/repositories/audio-uploads.ts';
import { streamPath, waveformPath } from './addresses.ts';
import type { AudioResult } from './result.ts';

/** An upload as clients see it. Field names are those of the wire. What the uploader said wins over what was found. */
export interface AudioView {
  audio_id: string;
  filename: string;
  /** Of the uploaded file. */
  format: string;
  bytes: number;
  duration: number;
  bpm: number | null;
  key: string | null;
  duration_bars: number | null;
  daw: string | null;
  genre: string[];
  /** What was found, with how sure that is, whatever the uploader said. */
  analysis: {
    tempo: { bpm: number; confidence: number } | null;
    key: { name: string; confidence: number } | null;
  };
  loudness: { integrated: number | null; true_peak: number | null; gain: number; limited: boolean };
  source: {
    codec: string;
    sample_rate: number;
    channels: number;
    bit_depth: number | null;
    loudness: { integrated: number | null; true_peak: number | null };
  };
  stream_url: string;
  mp3_url: string;
  waveform_url: string;
  waveform_json_url: string;
  created_at: string;
}

/** Where an upload stands. */
export interface StatusView {
  job_id: string;
  audio_id: string;
  post_id?: string;
  status: UploadStatus;
  stage: string | null;
  progress: number;
  attempts: number;
  result?: AudioView & { post_id?: string; duplicate_of: string | null };
  /** Why it failed, for whoever uploaded it, and as a word of a closed set. */
  error?: string;
  reason?: string;
}

const resultOf = ({ result }: Upload): AudioResult => result as AudioResult;

/** @param upload one that is complete */
export const audioView = (upload: Upload): AudioView => {
  const { duration, tempo, key, loudness, source } = resultOf(upload);
  return {
    audio_id: upload.id,
    filename: upload.filename,
    format: upload.format,
    bytes: upload.bytes,
    duration,
    bpm: upload.bpm ?? tempo?.bpm ?? null,
    key: upload.key ?? key?.name ?? null,
    duration_bars: upload.durationBars,
    daw: upload.daw,
    genre: upload.genre,
    analysis: { tempo, key },
    loudness: {
      integrated: loudness.integrated,
      true_peak: loudness.truePeak,
      gain: loudness.gain,
      limited: loudness.limited,
    },
    source: {
      codec: source.codec,
      sample_rate: source.sampleRate,
      channels: source.channels,
      bit_depth: source.bitDepth,
      loudness: { integrated: loudness.sourceIntegrated, true_peak: loudness.sourceTruePeak },
    },
    stream_url: streamPath(upload.id),
    mp3_url: `${streamPath(upload.id)}?format=mp3`,
    waveform_url: waveformPath(upload.id),
    waveform_json_url: waveformPath(upload.id).replace(/svg$/, 'json'),
    created_at: upload.createdAt.toISOString(),
  };
};

export const statusView = (upload: Upload & { postId: string | null }): StatusView => {
  const post = upload.postId === null ? {} : { post_id: upload.postId };
  return {
    job_id: upload.jobId,
    audio_id: upload.id,
    ...post,
    status: upload.status,
    stage: upload.stage,
    // A thousandth is more than anyone can see, and each change is an event.
    progress: Math.round(upload.progress * 1000) / 1000,
    attempts: upload.attempts,
    ...(upload.status === 'complete'
      ? { result: { ...audioView(upload), ...post, duplicate_of: resultOf(upload).duplicateOf } }
      : {}),
    ...(upload.error === null ? {} : { error: upload.error }),
    ...(upload.failure === null ? {} : { reason: upload.failure }),
  };
};
