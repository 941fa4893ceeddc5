import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { loop } from '../../../../test/audio/loops.ts';
import { AnalysisThread } from './analysis-thread.ts';
import { FeatureExtractor } from './features.ts';

const FORM = { sampleRate: 44_100, channels: 2 };

/** The same loop on both sides, the second weaker. */
const stereo = (bars: number): Float32Array => {
  const mono = loop({ seed: 8, bpm: 124, root: 9, minor: true, bars, rate: FORM.sampleRate });
  return Float32Array.from({ length: 2 * mono.length }, (_, n) => (mono[n >> 1] ?? 0) * (n % 2 === 0 ? 1 : 0.8));
};
const bytesOf = (samples: Float32Array): Uint8Array => new Uint8Array(samples.buffer);

const opened: AnalysisThread[] = [];
const open = (form = FORM): AnalysisThread => {
  const thread = new AnalysisThread(form);
  opened.push(thread);
  return thread;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((thread) => thread.close()));
});

const write = async (thread: AnalysisThread, bytes: Uint8Array, cut: number): Promise<void> => {
  for (let start = 0; start < bytes.length; start += cut) await thread.write(bytes.subarray(start, start + cut));
};

test('finds what is found without a thread, wherever the bytes are cut', async () => {
  const samples = stereo(2);
  const extractor = new FeatureExtractor(FORM.sampleRate, FORM.channels);
  extractor.push(samples);
  const expected = extractor.finish();
  for (const cut of [65_536, 40_009]) {
    const thread = open();
    await write(thread, bytesOf(samples), cut);
    // An incomplete frame.
    await thread.write(new Uint8Array(7));
    const measured = await thread.finish();
    expect(measured.duration).toBe(expected.duration);
    expect(measured.waveform).toEqual(expected.waveform);
    expect(measured.peaks).toEqual(expected.peaks);
    expect(measured.features.terms).toEqual(expected.features.terms);
    expect(measured.features.chroma).toEqual(expected.features.chroma);
  }
});

test('nothing was written', async () => {
  const measured = await open().finish();
  expect(measured.duration).toBe(0);
  expect(measured.waveform.length).toBe(0);
  expect(measured.features.terms).toHaveLength(0);
});

test('a crash of the thread is told to whoever writes and to whoever waits for the end', async () => {
  const thread = open({ sampleRate: 0, channels: 2 });
  const crash = {
    message: 'the analysis has crashed',
    cause: expect.objectContaining({ message: 'a sample rate of 0' }),
  };
  await expect(write(thread, new Uint8Array(10_000_000), 65_536)).rejects.toMatchObject(crash);
  await expect(thread.finish()).rejects.toMatchObject(crash);
});

test('whoever writes waits until the thread has caught up, so that little is on its way', async () => {
  const thread = open();
  const block = new Uint8Array(65_536);
  let taken = 0;
  // As long as the event loop does not turn, nothing can come back.
  const writing = (async () => {
    for (let block_ = 0; block_ < 200; block_ += 1) {
      await thread.write(block);
      taken += block.length;
    }
  })();
  for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve();
  expect(taken).toBeLessThanOrEqual(3 * 16_384 * 8);
  await writing;
  expect(taken).toBe(200 * block.length);
});

test('whoever waits for the thread is let go when it is closed, or failed', async () => {
  for (const end of [
    (thread: AnalysisThread) => thread.fail(new Error('enough')),
    (thread: AnalysisThread) => thread.close(),
  ]) {
    const thread = open();
    const writing = write(thread, new Uint8Array(200_000_000), 1_000_000);
    await sleep(50);
    void end(thread);
    await expect(writing).rejects.toThrow(/enough|closed/);
    await expect(thread.finish()).rejects.toThrow(/enough|closed/);
  }
});

test('leaves little to do for the thread that writes', async () => {
  const bytes = bytesOf(stereo(4));
  const thread = open();
  await write(thread, bytes, 65_536);
  const [here, everywhere] = [process.threadCpuUsage(), process.cpuUsage()];
  for (let round = 0; round < 5; round += 1) await write(thread, bytes, 65_536);
  await thread.finish();
  const [ours, all] = [process.threadCpuUsage(here), process.cpuUsage(everywhere)];
  expect(ours.user + ours.system).toBeLessThan(0.4 * (all.user + all.system));
});
