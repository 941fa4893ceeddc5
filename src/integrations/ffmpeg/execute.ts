import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { FfmpegError, type RunOptions } from './ffmpeg.ts';
import { LastWords } from './last-words.ts';

/** Address space of one ffmpeg, kilobytes. It uses a tenth of that for anything real; a file made to blow it up meets this. */
const ADDRESS_SPACE = 3_000_000;

/**
 * A shell that holds the reading end of a pipe, as in ../guardian.ts. When the pipe closes, because we want ffmpeg to stop or
 * because we are dead of whatever cause, kill -9 included, it kills ffmpeg. It costs 2 ms. ffmpeg would not notice our death
 * by itself: it ignores SIGPIPE. (`setpriv --pdeathsig` does the same, on Linux only.) The shell is also where the limits are
 * set: address space, where the system has such a limit (macOS has not), and no core dumps.
 */
const GUARDIAN = `
ulimit -c 0
ulimit -v ${ADDRESS_SPACE}
exec 9<&0
"$@" </dev/null 9<&- 2>&4 4>&- &
child=$!
exec >/dev/null 3>&- 4>&-
{ read -r _ <&9; kill -KILL $child; } &
watch=$!
exec 9<&-
wait $child
status=$?
kill $watch
wait $watch
exit $status
`;

/** A shell's word for a program that ended by a signal is 128 and the signal's number. */
const endedBySignal = (status: number): boolean => status > 128 && status < 128 + 65;

export interface Execution {
  file: string;
  args: readonly string[];
  options: Pick<RunOptions, 'signal' | 'timeout' | 'onOutput'>;
  /** What it writes to its `pipe:3`. */
  onProgress?: ((text: string) => void) | undefined;
  onStart?: (pid: number) => void;
}

/** Asks the guardian to kill, and kills the whole group when that has not helped within a second. */
const kill = (child: ChildProcess): void => {
  child.stdin?.destroy();
  const last = setTimeout(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of the group has ended meanwhile.
    }
  }, 1000);
  child.once('close', () => clearTimeout(last));
};

const consume = async (stream: Readable, take: (chunk: Buffer) => Promise<void> | void): Promise<void> => {
  for await (const chunk of stream) await take(chunk as Buffer);
};

/**
 * Runs a program without a shell's reading of its arguments, in a process group of its own, and waits until all of it has ended.
 * It knows nothing of our environment.
 * @returns its exit status and its last words.
 * @throws FfmpegError `timeout` or `lost`; the signal's reason; what `onOutput` throws.
 */
export const execute = async ({
  file,
  args,
  options,
  onProgress,
  onStart,
}: Execution): Promise<{ status: number; words: string }> => {
  const { signal, timeout, onOutput } = options;
  signal?.throwIfAborted();
  const child = spawn('/bin/sh', ['-c', GUARDIAN, 'guardian', file, ...args], {
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/bin:/bin', AV_LOG_FORCE_NOCOLOR: '1' },
    // The shell's own remarks go nowhere; fd 4 becomes the program's standard error.
    stdio: ['pipe', onOutput ? 'pipe' : 'ignore', 'ignore', onProgress ? 'pipe' : 'ignore', 'pipe'],
  });
  child.stdin?.on('error', () => {});
  const name = file.slice(file.lastIndexOf('/') + 1);
  const closed = once(child, 'close').catch((cause: unknown) => {
    throw new FfmpegError('lost', `${name} could not be started`, '', cause);
  });
  if (child.pid !== undefined) onStart?.(child.pid);

  let stopped: { reason: unknown } | undefined;
  const stop = (reason: unknown): void => {
    if (stopped || child.exitCode !== null) return;
    stopped = { reason };
    kill(child);
  };
  const words = new LastWords();
  const timer = setTimeout(
    () => stop(new FfmpegError('timeout', `${name} took longer than ${timeout / 1000} s`, words.text())),
    timeout,
  );
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const [, stdout, , progress, stderr] = child.stdio as (Readable | null)[];
    const reading = [
      stderr && consume(stderr, (chunk) => words.add(chunk)),
      progress && onProgress && consume(progress, (chunk) => onProgress(chunk.toString('latin1'))),
      stdout && onOutput && consume(stdout, onOutput),
    ].map((one) => Promise.resolve(one).catch(stop));
    const [[status]] = await Promise.all([closed, ...reading]);
    if (stopped) throw stopped.reason;
    if (typeof status !== 'number' || endedBySignal(status)) {
      throw new FfmpegError('lost', `${name} was killed from elsewhere, or crashed (status ${status})`, words.text());
    }
    return { status, words: words.text() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
};
