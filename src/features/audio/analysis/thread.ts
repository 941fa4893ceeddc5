import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { FeatureExtractor, type Measured } from './features.ts';

/** What the thread is started with. */
export interface Form {
  sampleRate: number;
  channels: number;
}

/** To the thread: samples as 32-bit floats, whole frames, in a buffer that comes back; then the end. */
export type ToThread = { samples: ArrayBuffer; bytes: number } | 'end';
/** From it: a buffer that is free again; then what was found. */
export type FromThread = { free: ArrayBuffer } | { measured: Measured };

/** The thread that analyses one file, started by `AnalysisThread`. */
const serve = (port: NonNullable<typeof parentPort>): void => {
  const { sampleRate, channels } = workerData as Form;
  const extractor = new FeatureExtractor(sampleRate, channels);
  port.on('message', (message: ToThread) => {
    if (message === 'end') {
      port.postMessage({ measured: extractor.finish() } satisfies FromThread);
      port.close();
      return;
    }
    extractor.push(new Float32Array(message.samples, 0, message.bytes / Float32Array.BYTES_PER_ELEMENT));
    port.postMessage({ free: message.samples } satisfies FromThread, [message.samples]);
  });
};

if (!isMainThread && parentPort !== null) serve(parentPort);
