/** The formats that are taken, each read by one demuxer and no other. */
export const AUDIO_FORMATS = ['mp3', 'wav', 'aiff', 'm4a', 'flac', 'ogg'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

export interface RunOptions {
  /** Ends it, and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which it is killed. */
  timeout: number;
  /** Seconds of output made so far, about twice a second. */
  onProgress?: ((seconds: number) => void) | undefined;
  /** What it writes to its output, `pipe:1` in `args`; it is not read faster than this promise lets. */
  onOutput?: ((chunk: Buffer) => Promise<void> | void) | undefined;
}

/** What ffprobe says of a file: the container and its first audio stream. */
export interface Probe {
  /** ffmpeg's name of the codec: pcm_s24le, mp3, vorbis… */
  codec: string;
  /** Seconds as the container says; undefined when it does not. */
  duration: number | undefined;
  sampleRate: number;
  channels: number;
  /** Of one sample, where the codec has that; undefined for lossy ones. */
  bitDepth: number | undefined;
  /** Kinds of the other streams, a cover picture left out. */
  otherStreams: string[];
}

export interface Ffmpeg {
  /** As it says itself: `5.1.6-0+deb12u1`. */
  readonly version: string;

  /**
   * Runs ffmpeg in a span of its own. Every input is given by `input()` below; no protocol but files and pipes is open to
   * it. It never outlives this process.
   * @returns what it wrote to its standard error, the end of it.
   * @throws FfmpegError
   */
  run(args: readonly string[], options: RunOptions): Promise<{ words: string }>;

  /** Looks at a file, by the demuxer of `format` only. @throws FfmpegError */
  probe(path: string, format: AudioFormat, options: Pick<RunOptions, 'signal' | 'timeout'>): Promise<Probe>;
}

/** `failed`: it said so itself; `timeout`: it was killed; `full`: the disk is; `lost`: a signal from elsewhere. */
export type FfmpegFailure = 'failed' | 'timeout' | 'full' | 'lost';

export class FfmpegError extends Error {
  override readonly name = 'FfmpegError';
  readonly reason: FfmpegFailure;
  /** The end of what it wrote, paths taken out. */
  readonly words: string;

  constructor(reason: FfmpegFailure, message: string, words: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
    this.words = words;
  }
}
