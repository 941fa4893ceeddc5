import type { RunOptions } from '../../../integrations/ffmpeg/ffmpeg.ts';

/** What a stage of the pipeline is told by whoever runs it. */
export interface StageOptions {
  /** Ends it; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the whole stage may take. */
  timeout: number;
  /** How much of it is done, 0 to 1. */
  onProgress?: ((fraction: number) => void) | undefined;
}

/** The options of one run of ffmpeg after another, which share the time of their stage. */
export const runsOf = ({ signal, timeout }: StageOptions): (() => Pick<RunOptions, 'signal' | 'timeout'>) => {
  const end = performance.now() + timeout;
  return () => ({ signal, timeout: Math.max(1, Math.round(end - performance.now())) });
};

/** A part of a stage's progress: seconds of audio done, out of `duration`, told as a fraction between `from` and `to`. */
export const progressPart =
  ({ onProgress }: StageOptions, duration: number | undefined, from: number, to: number): RunOptions['onProgress'] =>
  (seconds) =>
    onProgress?.(from + (to - from) * (duration ? Math.min(1, seconds / duration) : 0));
