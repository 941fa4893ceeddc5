import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { metricsText } from './exposition.ts';
import { watchRuntime } from './runtime.ts';

const value = (body: string, series: string): number => {
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
};

beforeAll(() => {
  watchRuntime();
  watchRuntime();
});

test('a blocked event loop shows as lag, an idle one does not', async () => {
  await sleep(30);
  await metricsText('');
  await sleep(100);
  expect(value((await metricsText('')).body, 'nodejs_eventloop_lag_p50_seconds')).toBeLessThan(0.02);
  // Node sees nothing of the first look after a scrape.
  await sleep(30);
  const until = performance.now() + 200;
  while (performance.now() < until);
  await sleep(30);
  const { body } = await metricsText('');
  expect(value(body, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.1);
  // A second scrape right after the first has nothing new to tell, and says no nonsense.
  expect(value((await metricsText('')).body, 'nodejs_eventloop_lag_max_seconds')).toBeLessThan(10);
  expect(value(body, 'nodejs_eventloop_time_seconds_total{state="active"}')).toBeGreaterThan(0.2);
});

test('every garbage collection counts, also several in one turn', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await sleep(20);
  const before = value((await metricsText('')).body, 'nodejs_gc_duration_seconds_count{kind="major"}') || 0;
  for (let i = 0; i < 5; i += 1) collect();
  await sleep(50);
  const after = value((await metricsText('')).body, 'nodejs_gc_duration_seconds_count{kind="major"}');
  expect(after - before).toBeGreaterThanOrEqual(5);
});

test('the process and its heap are there, and nothing is not a number', async () => {
  const { body } = await metricsText('');
  expect(value(body, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(value(body, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
  expect(value(body, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(body).not.toMatch(/ NaN\n/i);
});
