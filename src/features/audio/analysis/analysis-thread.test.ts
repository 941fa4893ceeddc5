import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loop } from '../../../../test/audio/loops.ts';
import { analyseSamples } from './analysis-thread.ts';
import { FeatureExtractor } from './features.ts';

const FORM = { sampleRate: 44_100, channels: 2 };
const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The same loop on both sides, the second weaker. */
const stereo = (bars: number): Float32Array => {
  const mono = loop({ seed: 8, bpm: 124, root: 9, minor: true, bars, rate: FORM.sampleRate });
  return Float32Array.from({ length: 2 * mono.length }, (_, n) => (mono[n >> 1] ?? 0) * (n % 2 === 0 ? 1 : 0.8));
};

const file = (bytes: Uint8Array): string => {
  const path = join(folder, `${bytes.length}.f32`);
  writeFileSync(path, bytes);
  return path;
};

test('finds what is found without a thread, in one file after another', async () => {
  const samples = stereo(4);
  const extractor = new FeatureExtractor(FORM.sampleRate, FORM.channels);
  extractor.push(samples);
  const expected = extractor.finish();
  // An incomplete frame at the end.
  const path = file(Buffer.concat([new Uint8Array(samples.buffer), new Uint8Array(7)]));
  const all = await Promise.all([1, 2, 3].map(() => analyseSamples({ ...FORM, path }, never)));
  for (const measured of [...all, await analyseSamples({ ...FORM, path }, never)]) expect(measured).toEqual(expected);
});

test('an empty file has nothing', async () => {
  const measured = await analyseSamples({ ...FORM, path: file(new Uint8Array()) }, never);
  expect(measured).toMatchObject({ duration: 0, waveform: { length: 0 } });
  expect(measured.features.terms).toHaveLength(0);
});

test('a crash of the thread is told, and the next file gets another', async () => {
  const path = file(new Uint8Array(1000));
  await expect(analyseSamples({ path, sampleRate: 0, channels: 2 }, never)).rejects.toMatchObject({
    message: 'the analysis has crashed',
    cause: expect.objectContaining({ message: 'a sample rate of 0' }),
  });
  await expect(analyseSamples({ ...FORM, path: join(folder, 'none') }, never)).rejects.toThrow('crashed');
  expect((await analyseSamples({ ...FORM, path }, never)).duration).toBe(125 / 44_100);
});

test('an abort ends it at once, with its reason', async () => {
  const path = file(new Uint8Array(200_000_000));
  const abort = new AbortController();
  const reason = new Error('enough');
  const running = analyseSamples({ ...FORM, path }, abort.signal);
  setTimeout(() => abort.abort(reason), 50);
  const began = performance.now();
  await expect(running).rejects.toBe(reason);
  expect(performance.now() - began).toBeLessThan(1000);
  await expect(analyseSamples({ ...FORM, path }, abort.signal)).rejects.toBe(reason);
});

test('leaves nothing to do for the thread that waits', async () => {
  const path = file(new Uint8Array(stereo(16).buffer));
  await analyseSamples({ ...FORM, path }, never);
  const [here, everywhere] = [process.threadCpuUsage(), process.cpuUsage()];
  for (let round = 0; round < 3; round += 1) await analyseSamples({ ...FORM, path }, never);
  const [ours, all] = [process.threadCpuUsage(here), process.cpuUsage(everywhere)];
  expect(ours.user + ours.system).toBeLessThan(0.3 * (all.user + all.system));
});
