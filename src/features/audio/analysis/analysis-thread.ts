import type { Measured } from './features.ts';
import type { Samples } from './thread.ts';
import { giveBackThread, takeThread } from './warm-thread.ts';

/**
 * Analyses a file of samples in a thread of its own, so that nobody who waits for this process notices. It is read a part at
 * a time: memory does not grow with it.
 * @throws the signal's reason; Error with the cause when the thread crashed
 */
export const analyseSamples = async (samples: Samples, signal: AbortSignal): Promise<Measured> => {
  signal.throwIfAborted();
  const worker = takeThread();
  const { promise, resolve, reject } = Promise.withResolvers<Measured>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve);
  worker.once('messageerror', reject);
  worker.once('error', (cause) => reject(new Error('the analysis has crashed', { cause })));
  worker.once('exit', (code) => reject(new Error(`the analysis ended too early, with ${code}`)));
  try {
    worker.postMessage(samples);
    const measured = await promise;
    giveBackThread(worker);
    return measured;
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
