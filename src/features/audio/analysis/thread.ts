import { closeSync, openSync, readSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';
import { FeatureExtractor, type Measured } from './features.ts';

/** Bytes that are read at a time; a multiple of every frame's. */
const BLOCK = 2 ** 14 * 3 * 5 * 7;

/** A file of interleaved 32-bit floats in the byte order of this machine, nothing else. */
export interface Samples {
  path: string;
  sampleRate: number;
  channels: number;
}

/** An incomplete frame at the end is left out. @throws RangeError; the error of a file that cannot be read */
export const measureSamples = ({ path, sampleRate, channels }: Samples): Measured => {
  const extractor = new FeatureExtractor(sampleRate, channels);
  const block = new Float32Array(BLOCK / Float32Array.BYTES_PER_ELEMENT);
  const file = openSync(path, 'r');
  try {
    // A read of a file ends early at its end only.
    for (let bytes = BLOCK; bytes === BLOCK; ) {
      bytes = readSync(file, block, 0, BLOCK, null);
      extractor.push(block.subarray(0, bytes / Float32Array.BYTES_PER_ELEMENT));
    }
  } finally {
    closeSync(file);
  }
  return extractor.finish();
};

// The thread that analyses one file after another, started by ./warm-thread.ts.
if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on('message', (samples: Samples) => port.postMessage(measureSamples(samples)));
}
