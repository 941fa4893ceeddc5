import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** It uses a tenth of this. What would blow up ends with the thread, not with the process. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** Milliseconds that a thread waits for the next file. A start costs 50 to 170 ms of CPU; waiting, it holds 15 MB. */
const IDLE = 30_000;

/** Threads that wait, the last one first, with the timers that end them. */
const waiting: { worker: Worker; timer: NodeJS.Timeout }[] = [];

/** A thread that analyses: one that waits, else a new one. Whoever takes it gives it back or terminates it. */
export const takeThread = (): Worker => {
  const warm = waiting.pop();
  if (!warm) return start();
  clearTimeout(warm.timer);
  forgetListeners(warm.worker);
  warm.worker.ref();
  return warm.worker;
};

/** Takes a thread back that has nothing to do. It does not keep this process alive. */
export const giveBackThread = (worker: Worker): void => {
  forgetListeners(worker);
  const forget = (): void => {
    const index = waiting.findIndex((one) => one.worker === worker);
    if (index >= 0) clearTimeout(waiting.splice(index, 1)[0]?.timer);
  };
  const timer = setTimeout(() => {
    forget();
    void worker.terminate();
  }, IDLE).unref();
  worker.once('exit', forget);
  // Without a listener it would be thrown.
  worker.on('error', forget);
  worker.unref();
  waiting.push({ worker, timer });
};

/** One by one: Node has listeners of its own among all. */
const forgetListeners = (worker: Worker): void => {
  for (const event of ['message', 'messageerror', 'error', 'exit']) worker.removeAllListeners(event);
};

const start = (): Worker =>
  // Nothing of this process's preloads, telemetry among them, and none of its secrets.
  new Worker(new URL('./thread.ts', import.meta.url), {
    name: 'audio-analysis',
    execArgv: [],
    env: codeCache(),
    resourceLimits: RESOURCE_LIMITS,
  });

/** The code cache of this process, where it keeps one: it halves what a start costs. Node adds its version. */
const codeCache = (): Record<string, string> => {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
};
