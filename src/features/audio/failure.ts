import type { Attributes } from '@opentelemetry/api';

/** Why a stage failed; a closed set, for metrics. */
export const FAILURE_REASONS = [
  /** The file is not what it says, or broken. */
  'unreadable',
  'no_audio',
  'video',
  'too_long',
  'too_short',
  'ffmpeg',
  'timeout',
  'disk_full',
  'storage',
  'database',
  /** The worker died, or lost its lease. */
  'worker_lost',
  'internal',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** It is the file's fault, so that trying again would end the same. */
const PERMANENT: ReadonlySet<FailureReason> = new Set(['unreadable', 'no_audio', 'video', 'too_long', 'too_short']);

/** A stage that could not do its work. The message is for whoever uploaded the file. */
export class AudioFailure extends Error {
  override readonly name = 'AudioFailure';
  readonly reason: FailureReason;
  /** ffmpeg's last words, where it had some; for operators. */
  readonly words: string | undefined;

  constructor(reason: FailureReason, message: string, options: { words?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.words = options.words;
  }

  get permanent(): boolean {
    return PERMANENT.has(this.reason);
  }

  /** What a span that it fails says about it. */
  get spanAttributes(): Attributes {
    return {
      'audio.failure.reason': this.reason,
      'audio.failure.permanent': this.permanent,
      ...(this.words === undefined ? {} : { 'ffmpeg.words': this.words }),
    };
  }
}
