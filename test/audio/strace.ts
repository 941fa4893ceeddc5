import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import type { FoundFfmpeg } from '../../src/integrations/ffmpeg/find-ffmpeg.ts';
import { useFfmpeg } from '../../src/integrations/ffmpeg/open-ffmpeg.ts';

/** What a traced program asked the kernel for. */
export interface Trace {
  /** Paths that it opened, or tried to. */
  opened: string[];
  /** Calls that are about the network, or start, make, rename or remove something. */
  other: string[];
}

/** Whether a process may be traced here: some containers do not allow it. */
export const mayTrace = (): boolean => {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Calls that open or look and no more. */
const LOOKS = /^(?:open|access|faccessat|stat|lstat|newfstatat|statx|readlink|getcwd|statfs)/;
const CALLS = '%file,%network,execve,execveat,io_uring_setup';

/** ffmpeg and ffprobe, every call of theirs that names a file or makes a socket written down in `folder`. */
export const tracedFfmpeg = (found: FoundFfmpeg, folder: string): { ffmpeg: Ffmpeg; take(): Trace } => {
  const wrap = (name: 'ffmpeg' | 'ffprobe'): string => {
    const script = join(folder, name);
    const trace = `strace -f -qq -s 64 -e trace=${CALLS} -o '${folder}/'$$.strace`;
    writeFileSync(script, `#!/bin/sh\nexec ${trace} -- '${found[name]}' "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  };
  return {
    ffmpeg: useFfmpeg({ ...found, ffmpeg: wrap('ffmpeg'), ffprobe: wrap('ffprobe') }),
    take: () => {
      const logs = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.strace')) : [];
      const lines = logs.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
      for (const name of logs) rmSync(join(folder, name));
      const calls = lines.map((line) => line.replace(/^\d+\s+/, '')).filter((line) => /^\w+\(/.test(line));
      const opened = calls.flatMap((call) => /^open(?:at2?)?\((?:[^,"]+, )?"([^"]*)"/.exec(call)?.[1] ?? []);
      // The program itself is the first that is started.
      const other = calls.filter(
        (call) =>
          !LOOKS.test(call) &&
          !call.startsWith(`execve("${found.ffmpeg}"`) &&
          !call.startsWith(`execve("${found.ffprobe}"`),
      );
      return { opened, other };
    },
  };
};
