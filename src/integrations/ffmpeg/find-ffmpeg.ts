import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Both programs, tried and found to run. */
export interface FoundFfmpeg {
  ffmpeg: string;
  ffprobe: string;
  /** As ffmpeg says it: `5.1.6-0+deb12u1`. */
  version: string;
  /** For a line of the log. */
  from: 'FFMPEG_PATH' | 'PATH' | 'npm';
}

type Candidate = Omit<FoundFfmpeg, 'version'>;
const run = promisify(execFile);

/** @throws with the program's name when it does not run, or is not what it is called. */
const versionOf = async (file: string, name: 'ffmpeg' | 'ffprobe'): Promise<string> => {
  let said: string;
  try {
    said = (await run(file, ['-version'], { cwd: '/', env: {}, timeout: 20_000, encoding: 'utf8' })).stdout;
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    throw new Error(`${file} does not run: ${typeof code === 'string' ? code : message.split('\n')[0]}`, {
      cause: error,
    });
  }
  const version = new RegExp(`^${name} version (\\S+)`).exec(said)?.[1];
  if (version === undefined) throw new Error(`${file} runs, but is not ${name}`);
  return version;
};

const attempt = async (candidate: Candidate): Promise<FoundFfmpeg> => {
  const [version] = await Promise.all([versionOf(candidate.ffmpeg, 'ffmpeg'), versionOf(candidate.ffprobe, 'ffprobe')]);
  return { ...candidate, version };
};

/** The first executable file of that name in the folders of a PATH. */
const inPath = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => resolve(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });

const fromPath = (path: string): Candidate | undefined => {
  const [ffmpeg, ffprobe] = [inPath('ffmpeg', path), inPath('ffprobe', path)];
  return ffmpeg && ffprobe ? { ffmpeg, ffprobe, from: 'PATH' } : undefined;
};

/**
 * A program out of the package that npm installed for this machine. The package around it is not loaded: it throws where it
 * finds none. Some versions come without the executable bit; where it cannot be set, running it says so.
 */
const fromPackage = (name: 'ffmpeg' | 'ffprobe'): string | undefined => {
  const around = `@${name}-installer/${name}/package.json`;
  const own = `@${name}-installer/${process.platform}-${process.arch}/package.json`;
  try {
    const require = createRequire(import.meta.url);
    const file = join(dirname(createRequire(require.resolve(around)).resolve(own)), name);
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) makeExecutable(file);
    return file;
  } catch {
    return undefined;
  }
};

const makeExecutable = (file: string): void => {
  try {
    chmodSync(file, 0o755);
  } catch {
    // Somebody else's, or a read-only file system: it may be executable for us all the same.
  }
};

const fromNpm = (): Candidate | undefined => {
  const [ffmpeg, ffprobe] = [fromPackage('ffmpeg'), fromPackage('ffprobe')];
  return ffmpeg && ffprobe ? { ffmpeg, ffprobe, from: 'npm' } : undefined;
};

/**
 * Looks for ffmpeg and ffprobe: where `given` says (ffprobe beside it), else both in `path`, else what npm has installed.
 * @returns undefined when there are none that run, with the reasons given to `explain`, one a candidate.
 * @throws Error when `given` does not run: whoever names a program wants that one.
 */
export const findFfmpeg = async (
  given: string | undefined,
  path: string,
  explain: (reason: string) => void = () => {},
): Promise<FoundFfmpeg | undefined> => {
  if (given !== undefined) {
    const ffmpeg = resolve(given);
    try {
      return await attempt({ ffmpeg, ffprobe: join(dirname(ffmpeg), 'ffprobe'), from: 'FFMPEG_PATH' });
    } catch (error) {
      throw new Error(`FFMPEG_PATH=${given}: ${(error as Error).message}`, { cause: error });
    }
  }
  for (const candidate of [fromPath(path), fromNpm()]) {
    if (candidate === undefined) continue;
    try {
      return await attempt(candidate);
    } catch (error) {
      explain((error as Error).message);
    }
  }
  return undefined;
};
