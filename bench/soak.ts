import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadClient, mixOf, type Outcome, type Shot, shotsOf } from './load/client.ts';
import type { Product } from './load/product.ts';
import type { Behaviour } from './load/receiver.ts';
import { addSamples, inSetting, type Setting } from './load/setting.ts';
import { startVariant, traced } from './load/variants.ts';
import type { World } from './load/world.ts';
import { type Bench, median, quantile, type Samples, versionsOf } from './report.ts';

const DEFAULT_MINUTES = 10;
const MIX = { cached: 6, uncached: 3, health: 1 };
const LOAD_SHARE = 0.7;
const SAMPLE_MS = 500;
/** Away half of the time, in each of the ways in turn. */
const PHASES: Behaviour[] = ['ok', 'refuse', 'ok', 'hang', 'ok', 429, 'ok', 500, 'ok', 'reset'];
const nameOf = (behaviour: Behaviour): string => (typeof behaviour === 'number' ? `http_${behaviour}` : behaviour);
/** Before a batch is sent again there may be an attempt that hangs (10 s) and the longest pause (10 s); and then some. */
const RECOVERY_MS = 30_000;

const NOTES = [
  'one server at rate 1.0 under a load of 70 % of what it can do here, of ten requests 6 cached and 3 uncached /api/v1/feed/unified, 1 /health; the receiver of its traces is there and away by turns',
  'refuse: nobody listens; hang: it takes the request and does not answer; http_429, http_500: it answers that; reset: it cuts the connection',
  'failed: requests that were not answered with 200; p50, p99: milliseconds from the moment at which a request was due, of all of that phase',
  'rss_mb: resident memory of the server, median of that phase; after_first_minute_mb and end_mb: medians of the half minute after the first one and of the last half minute',
  'lost_uncounted: spans that /metrics counts as started less those exported, dropped and waiting: what would have been lost in silence; receiver_difference: spans it says it exported less those received; below 0: a batch was taken and its answer lost, so that it came twice',
  'recovery_ms: from the moment at which the receiver was back until it accepted something',
];

const shotsFor = async (world: World): Promise<Shot[]> => mixOf(shotsOf(await world.viewers(50)), MIX);

const capacityOf = async (product: Product, client: LoadClient, world: World): Promise<number> => {
  const shots = await shotsFor(world);
  const run = (count: number) => client.run({ urls: [product.url], shots, count, concurrency: 8 });
  await run(2000);
  const { seconds } = await run(1500);
  return 1500 / seconds;
};

interface Memory {
  /** Milliseconds since the load began. */
  at: number;
  megabytes: number;
}

const watchMemory = (product: Product): { samples: Memory[]; stop(): void } => {
  const began = performance.now();
  const samples: Memory[] = [];
  const timer = setInterval(
    () => samples.push({ at: performance.now() - began, megabytes: product.residentBytes() / 1e6 }),
    SAMPLE_MS,
  );
  return { samples, stop: () => clearInterval(timer) };
};

/** Milliseconds until the receiver, which is back now, accepts something; not a number when it does not in time. */
const recovery = async ({ receiver }: Setting): Promise<number> => {
  const since = performance.timeOrigin + performance.now();
  while (performance.timeOrigin + performance.now() - since < RECOVERY_MS) {
    const { lastAt } = await receiver.received();
    if (lastAt > since) return lastAt - since;
    await sleep(20);
  }
  return Number.NaN;
};

/** Where the spans went, as the product's metrics tell. */
const account = async (product: Product) => {
  const metrics = await product.metrics();
  const of = (name: string): number => metrics.get(`telemetry_${name}`) ?? 0;
  const [started, exported, dropped] = ['spans_started_total', 'spans_exported_total', 'spans_dropped_total'].map(of);
  return {
    started: started ?? 0,
    exported: exported ?? 0,
    dropped: dropped ?? 0,
    queued: of('export_queue_spans'),
    up: of('exporter_up'),
  };
};

const failures = ({ failed }: Outcome): number => Object.values(failed).reduce((sum, count) => sum + count, 0);

const medianBetween = (memory: readonly Memory[], from: number, to: number): number =>
  median(memory.filter(({ at }) => at >= from && at < to).map(({ megabytes }) => megabytes));

const soak = async (setting: Setting, product: Product, minutes: number, say: (line: string) => void) => {
  const { client, world, receiver } = setting;
  const rate = LOAD_SHARE * (await capacityOf(product, client, world));
  const seconds = (minutes * 60) / PHASES.length;
  const samples: Samples = {};
  const recoveries: number[] = [];
  const memory = watchMemory(product);
  let failed = 0;
  for (const behaviour of PHASES) {
    await receiver.behave(behaviour);
    const back = behaviour === 'ok' ? recovery(setting) : undefined;
    const began = memory.samples.length;
    const count = Math.round(rate * seconds);
    const outcome = await client.run({
      urls: [product.url],
      shots: await shotsFor(world),
      count,
      concurrency: 0,
      rate,
    });
    const latencies = Object.values(outcome.latencies).flatMap((values) => [...values]);
    failed += failures(outcome);
    if (back) recoveries.push(await back);
    const metrics = {
      requests: count,
      failed: failures(outcome),
      p50_ms: quantile(latencies, 0.5),
      p99_ms: quantile(latencies, 0.99),
      rss_mb: median(memory.samples.slice(began).map(({ megabytes }) => megabytes)),
    };
    const name = nameOf(behaviour);
    samples[name] ??= {};
    addSamples(samples[name], metrics);
    say(`${name}: p99 ${metrics.p99_ms.toFixed(1)} ms, ${metrics.failed} failed, ${metrics.rss_mb.toFixed(0)} MB`);
  }
  memory.stop();
  await receiver.behave('ok');
  const last = await recovery(setting);
  // What is waiting still goes out.
  const deadline = performance.now() + RECOVERY_MS;
  let spans = await account(product);
  while (spans.queued > 0 && performance.now() < deadline) {
    await sleep(500);
    spans = await account(product);
  }
  await sleep(1500);
  spans = await account(product);
  const total = minutes * 60_000;
  const early = Math.min(60_000, total / 10);
  const first = medianBetween(memory.samples, early, early + total / 20);
  const end = medianBetween(memory.samples, total - total / 20, Number.POSITIVE_INFINITY);
  const p99 = (phase: string): number => median(samples[phase]?.p99_ms ?? []);
  const received = await receiver.received();
  const ratios = {
    failed,
    after_first_minute_mb: first,
    end_mb: end,
    memory_growth: end / first,
    p99_ok_ms: p99('ok'),
    ...Object.fromEntries(
      PHASES.map(nameOf)
        .filter((name) => name !== 'ok')
        .map((name) => [`added_p99_${name}_ms`, p99(name) - p99('ok')]),
    ),
    recovery_ms: median([...recoveries, last]),
    slowest_recovery_ms: Math.max(...recoveries, last),
    exporter_up: spans.up,
    spans_started: spans.started,
    spans_exported: spans.exported,
    spans_dropped: spans.dropped,
    spans_waiting: spans.queued,
    lost_uncounted: spans.started - spans.exported - spans.dropped - spans.queued,
    receiver_difference: spans.exported - received.spans,
  };
  return { samples, ratios, rate };
};

export const bench: Bench = async ({ minutes = DEFAULT_MINUTES, say }) =>
  inSetting({ say }, async (setting) => {
    const product = await startVariant(traced(setting.receiver.endpoint, 1), setting);
    try {
      const { samples, ratios, rate } = await soak(setting, product, minutes, say);
      return {
        notes: [...NOTES, `${minutes} minutes at ${rate.toFixed(0)} requests a second, each way of being away once`],
        versions: versionsOf('@opentelemetry/api', '@opentelemetry/otlp-exporter-base'),
        samples,
        ratios,
        pairs: 1,
      };
    } finally {
      await product.stop();
    }
  });
