import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoggingStats } from '../log.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/program.ts', import.meta.url));
const RESOURCE = { service: 'test', environment: 'test', version: '1' };
const JSON_LINES = { level: 'info', format: 'json', ...RESOURCE };

let folder: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logging-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stats: LoggingStats;
  worstPause: number;
  closed: number;
}

/** Runs the program over `steps`; `stdout` is a file descriptor, else what it writes is collected. */
const run = async (
  steps: object[],
  stdout: number | 'pipe' | 'unread' = 'pipe',
  during?: (child: ChildProcess) => Promise<void>,
): Promise<Ended> => {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(steps)], {
    stdio: ['ignore', stdout === 'unread' ? 'pipe' : stdout, 'pipe'],
  });
  running.add(child);
  let out = '';
  let answer = '';
  if (stdout === 'pipe') child.stdout?.on('data', (chunk) => (out += chunk));
  child.stderr?.on('data', (chunk) => (answer += chunk));
  const ended = new Promise<number | null>((resolve) => child.on(stdout === 'unread' ? 'exit' : 'close', resolve));
  await during?.(child);
  const code = await ended;
  if (!answer.includes('{')) throw new Error(answer);
  return { code, stdout: out, ...JSON.parse(answer.slice(answer.indexOf('{'))) };
};

const numbers = (text: string): number[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter((line) => line.message === 'line')
    .map((line) => line.number);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 400; i += 1) {
    try {
      if (condition()) return;
    } catch {
      // Not yet.
    }
    await delay(20);
  }
  throw new Error('never happened');
};

describe('standard output', () => {
  test('every line arrives in order, through a socket', async () => {
    const { code, stdout, stats } = await run([
      { configure: JSON_LINES },
      { lines: 5000, bytes: 100 },
      { close: 5000 },
    ]);
    expect(code).toBe(0);
    expect(numbers(stdout)).toEqual(upTo(5000));
    expect(stats.stdout).toEqual({ written: 5000, lost: 0, queuedBytes: 0 });
  });

  test('a reader of a socket that is stuck blocks nothing; what finds no room is counted', async () => {
    const { code, stats, worstPause, closed } = await run(
      [{ configure: JSON_LINES }, { lines: 20_000, bytes: 1000 }, { close: 300 }],
      'unread',
    );
    expect(code).toBe(0);
    expect(stats.stdout.written + stats.stdout.lost).toBe(20_000);
    expect(stats.stdout.lost).toBeGreaterThan(10_000);
    expect(worstPause).toBeLessThan(200);
    expect(closed).toBeLessThan(1000);
  });

  const fifo = (): { path: string; reader: number; writer: number } => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { path, reader, writer: openSync(path, constants.O_WRONLY) };
  };

  test('a reader of a pipe that is stuck holds up neither the event loop nor the end', async () => {
    const { reader, writer } = fifo();
    const { code, stats, worstPause } = await run(
      [{ configure: JSON_LINES }, { lines: 20_000, bytes: 1000 }, { close: 300 }],
      writer,
    );
    closeSync(reader);
    closeSync(writer);
    expect(code).toBe(0);
    expect(stats.stdout.lost).toBeGreaterThan(10_000);
    expect(worstPause).toBeLessThan(200);
  });

  test.each([false, true])(
    'a slow reader of a pipe gets every line (node made it non-blocking: %s)',
    async (touchStdout) => {
      const { path, writer } = fifo();
      const cat = spawn('sh', ['-c', `sleep 0.5; cat ${path}`], { stdio: ['ignore', 'pipe', 'ignore'] });
      running.add(cat);
      let text = '';
      cat.stdout.on('data', (chunk) => (text += chunk));
      const { stats } = await run(
        [{ touchStdout, configure: JSON_LINES }, { lines: 2000, bytes: 500 }, { close: 5000 }],
        writer,
      );
      closeSync(writer);
      await until(() => numbers(text).length === 2000);
      expect(numbers(text)).toEqual(upTo(2000));
      expect(stats.stdout.lost).toBe(0);
    },
  );

  test('a reader that goes away (EPIPE) does not end the process, the file goes on', async () => {
    const file = join(folder, 'x.log');
    const { code, stats } = await run(
      [
        { configure: { ...JSON_LINES, file } },
        { lines: 10 },
        { wait: 500 },
        { lines: 100 },
        { wait: 100 },
        { lines: 100 },
        { close: 2000 },
      ],
      'unread',
      async (child) => {
        await until(() => numbers(readFileSync(file, 'utf8')).length === 10);
        child.stdout?.destroy();
      },
    );
    expect(code).toBe(0);
    expect(stats.stdout.lost).toBeGreaterThanOrEqual(100);
    const text = await readFile(file, 'utf8');
    expect(numbers(text)).toEqual(upTo(210));
    expect(text.match(/standard output cannot be written/g)).toHaveLength(1);
  });
});

describe('the file', () => {
  test('is rotated by size, the youngest is .1, no line is lost, cut or doubled', async () => {
    const file = join(folder, 'logs', 'x.log');
    const { stats } = await run([
      { configure: { ...JSON_LINES, file, maxBytes: 20_000, maxFiles: 100 } },
      { lines: 1000, bytes: 100 },
      { close: 5000 },
    ]);
    const names = readdirSync(join(folder, 'logs'));
    expect(names.length).toBeGreaterThan(5);
    const oldestFirst = names.sort((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
    expect(oldestFirst.flatMap((name) => numbers(readFileSync(join(folder, 'logs', name), 'utf8')))).toEqual(
      upTo(1000),
    );
    for (const name of names) expect(statSync(join(folder, 'logs', name)).size).toBeLessThanOrEqual(20_000);
    expect(stats.file).toMatchObject({ written: 1000, lost: 0 });
  });

  test('no more than maxFiles rotated ones are kept', async () => {
    const file = join(folder, 'x.log');
    await writeFile(`${file}.9`, 'left over');
    await run([
      { configure: { ...JSON_LINES, file, maxBytes: 5000, maxFiles: 2 } },
      { lines: 500, bytes: 100 },
      { close: 5000 },
    ]);
    expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
  });

  test('goes on where the last process stopped, also in the middle of a line', async () => {
    const file = join(folder, 'x.log');
    await writeFile(file, '{"message":"line","number":0}\n{"message":"li');
    await run([{ configure: { ...JSON_LINES, file } }, { lines: 3 }, { close: 5000 }]);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[1]).toBe('{"message":"li');
    expect(numbers(lines.slice(2).join('\n'))).toEqual([1, 2, 3]);
  });

  test('that is deleted or renamed by others comes back', async () => {
    const file = join(folder, 'x.log');
    await run(
      [{ configure: { ...JSON_LINES, file } }, { lines: 10 }, { wait: 1500 }, { lines: 10 }, { close: 5000 }],
      'pipe',
      async () => {
        await until(() => numbers(readFileSync(file, 'utf8')).length === 10);
        unlinkSync(file);
      },
    );
    expect(numbers(readFileSync(file, 'utf8'))).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test('that cannot be there is one warning on standard output, and recovers', async () => {
    const blocker = join(folder, 'blocked');
    await writeFile(blocker, 'a file where a folder should be');
    const file = join(blocker, 'x.log');
    const { stdout, stats } = await run(
      [
        { configure: { ...JSON_LINES, file } },
        { lines: 100 },
        { wait: 700 },
        { lines: 100 },
        { wait: 1500 },
        { lines: 1 },
        { wait: 700 },
        { close: 5000 },
      ],
      'pipe',
      async () => {
        await delay(900);
        await rm(blocker);
        await mkdir(blocker);
      },
    );
    expect(numbers(stdout)).toEqual(upTo(201));
    expect(stdout.match(/the log file cannot be written/g)).toHaveLength(1);
    expect(stdout.match(/the log file is written again/g)).toHaveLength(1);
    expect(numbers(readFileSync(file, 'utf8'))).toEqual(upTo(201));
    expect(stats.file.lost).toBe(0);
  });

  test('on a device without room (/dev/full): standard output goes on, the end is not held up', async () => {
    const { stdout, stats, closed } = await run([
      { configure: { ...JSON_LINES, file: '/dev/full' } },
      { lines: 500 },
      { wait: 300 },
      { lines: 500 },
      { close: 300 },
    ]);
    expect(numbers(stdout)).toEqual(upTo(1000));
    expect(stdout.match(/ENOSPC/)).not.toBeNull();
    expect(stats.file).toMatchObject({ written: 0, lost: 1001 });
    expect(closed).toBeLessThan(1000);
  });

  const mounted = (): boolean => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test('on a disk that is full for a while gets every line once there is room', async ({ skip }) => {
    if (!mounted()) skip('mounting a small disk needs privileges');
    try {
      const file = join(folder, 'x.log');
      await writeFile(join(folder, 'ballast'), Buffer.alloc(32 * 1024));
      const { stdout, stats } = await run(
        [{ configure: { ...JSON_LINES, file } }, { lines: 200, bytes: 30 }, { wait: 2500 }, { close: 5000 }],
        'pipe',
        async () => {
          await delay(1000);
          unlinkSync(join(folder, 'ballast'));
        },
      );
      expect(stdout).toContain('ENOSPC');
      expect(stats.file.lost).toBe(0);
      expect(numbers(readFileSync(file, 'utf8'))).toEqual(upTo(200));
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
