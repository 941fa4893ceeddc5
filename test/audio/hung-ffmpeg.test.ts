import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { attemptContext, startWorker, type TestWorker, until, untilEnded, upload } from './worker.ts';

let test: TestApp;
let alice: TestUser;
let worker: TestWorker | undefined;
let file: string;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
  file = await makeAudio(temporaryFolder('files'), { kind: 'music', seconds: 240, format: 'flac' });
});
afterAll(async () => {
  await worker?.stop(0);
  await test?.close();
});

interface Running {
  pid: number;
  group: number;
  /** `T` is stopped. */
  state: string;
}

/** The processes of one attempt's ffmpeg, the shell that guards it among them. */
const processesOf = (workDir: string): Running[] =>
  execFileSync('ps', ['-A', '-ww', '-o', 'pid=,pgid=,state=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`file:${workDir}/`))
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, group, state = '']) => ({ pid: Number(pid), group: Number(group), state }));

const isShell = ({ pid }: Running): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sh';
  } catch {
    return false;
  }
};

const attemptsOf = (jobId: string) => test.ctx.db.audioUpload.findFirstOrThrow({ where: { jobId } });

describe('an ffmpeg that hangs', () => {
  it.each([
    ['is stopped', false],
    ['is stopped with the shell that guards it', true],
  ])(
    'because it %s is killed with its group when the time of its stage is over, and the upload tried again',
    async (_, all) => {
      const context = await attemptContext(test);
      const { workDir } = context;
      worker = await startWorker(test, { context: { ...context, limits: { ...context.limits, stageTimeout: 6000 } } });
      const { jobId } = await upload(test.ctx, alice.id, file);
      const stopped = await until(async () => {
        const found = processesOf(workDir).filter((one) => all || !isShell(one));
        return found.some((one) => !isShell(one)) && found;
      });
      for (const { pid } of stopped) process.kill(pid, 'SIGSTOP');
      const groups = new Set(stopped.map(({ group }) => group));
      expect(processesOf(workDir).some(({ state }) => state === 'T')).toBe(true);

      const row = await until(async () => {
        const found = await attemptsOf(jobId);
        return found.failure === 'timeout' && found;
      });
      expect(row.attempts).toBeLessThanOrEqual(2);
      // None of the group is left, though the next attempt may run by now.
      await until(async () => processesOf(workDir).every(({ group }) => !groups.has(group)), 3000);
      expect(await untilEnded(test, jobId, 60_000)).toMatchObject({ status: 'complete', attempts: 2, failure: null });
      await until(async () => worker?.workFolders().length === 0);
      expect(processesOf(workDir)).toEqual([]);
      await worker.stop();
      worker = undefined;
    },
    90_000,
  );
});
