import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadClient, mixOf, refuseFailures, type Shot, shotsOf } from '../load/client.ts';
import type { Product } from '../load/product.ts';
import { startVariant, untraced } from '../load/variants.ts';
import type { World } from '../load/world.ts';
import { median, quantile } from '../report.ts';

/** Of ten requests, how many are which. */
const MIX = { uncached: 3, cached: 6, health: 1 };
type Kind = keyof typeof MIX;
/** In this order: after the uncached ones everything is in the cache. */
export const KINDS: Kind[] = ['uncached', 'cached', 'health'];
/** Of each server, before anything is measured: enough for the compiler to be done. */
const WARM_UP: Record<Kind, number> = { uncached: 600, cached: 2000, health: 2000 };
/** In one slice. */
const REQUESTS: Record<Kind, number> = { uncached: 100, cached: 400, health: 500 };
const SLICES = 8;
const VIEWERS = 50;
const CONCURRENCY = 4;
/** Spans of the last requests leave up to a second later: their export is part of the cost. */
const EXPORTED_MS = 1300;
const RATE_SLICES = 4;
const RATE_SECONDS = 2;
const SAMPLE_MS = 100;

/** Share of what a server can do at which latency is measured. */
const RATE_SHARE = 0.3;

export const METHOD = [
  `cpu_*: microseconds of processor time of the server process (utime and stime of /proc/<pid>/stat, all its threads, until everything is exported) per request, ${CONCURRENCY} requests at once, after a warm-up of ${Object.values(WARM_UP).reduce((sum, count) => sum + count, 0)}`,
  `in each round every variant is a new server process; all run beside each other and get their requests in turn, ${SLICES} times ${Object.values(REQUESTS).join(', ')} in an order that rotates: what else happens on the machine meets all alike`,
  `uncached, cached: GET /api/v1/feed/unified?limit=20 of ${VIEWERS} viewers in turn, with Cache-Control: no-cache or out of Redis; health: GET /health`,
  `cpu_mix: what a request costs where of ten ${MIX.cached} are cached, ${MIX.uncached} uncached and ${MIX.health} is /health`,
  `p50_*, p99_*: milliseconds from the moment at which a request was due until its answer was there, of that mix at a fixed rate, ${RATE_SHARE * 100} % of what an untraced server can do here; ${RATE_SLICES} times ${RATE_SECONDS} s in turn; up to 1 ms of them is the client's timer`,
  'rss_mb: resident memory of the server process in MB of 10^6 bytes, median during that; rss_ready_mb: before the first request',
];

type Shots = Record<Kind, Shot[]>;

/** Requests a second at which latency is measured here. */
export const fixedRate = async (client: LoadClient, world: World): Promise<number> => {
  const product = await startVariant(untraced, { world });
  try {
    const shots = mixOf(shotsOf(await world.viewers(VIEWERS)), MIX);
    const run = (count: number) => client.run({ urls: [product.url], shots, count, concurrency: 8 });
    await run(1500);
    const { seconds } = await run(1000);
    return (RATE_SHARE * 1000) / seconds;
  } finally {
    await product.stop();
  }
};

const measureCost = async (products: readonly Product[], client: LoadClient, shots: Shots): Promise<Costs[]> => {
  const costs = products.map((): Costs => ({ uncached: 0, cached: 0, health: 0 }));
  for (const kind of KINDS) {
    const before = products.map((product) => product.cpuSeconds());
    for (let slice = 0; slice < SLICES; slice += 1)
      for (const product of rotated(products, slice)) {
        const job = { urls: [product.url], shots: shots[kind], count: REQUESTS[kind], concurrency: CONCURRENCY };
        refuseFailures(await client.run(job));
      }
    await sleep(EXPORTED_MS);
    for (const [place, product] of products.entries()) {
      const used = product.cpuSeconds() - (before[place] ?? 0);
      const of = costs[place];
      if (of) of[kind] = (used * 1e6) / (REQUESTS[kind] * SLICES);
    }
  }
  return costs;
};
type Costs = Record<Kind, number>;

const rotated = <T>(list: readonly T[], by: number): T[] => {
  const from = by % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
};

interface Felt {
  latencies: Record<Kind, number[]>;
  megabytes: number[];
}

const measureLatency = async (
  products: readonly Product[],
  client: LoadClient,
  shots: Shots,
  rate: number,
): Promise<Felt[]> => {
  const felt = products.map((): Felt => ({ latencies: { uncached: [], cached: [], health: [] }, megabytes: [] }));
  const count = Math.round(rate * RATE_SECONDS);
  for (let slice = 0; slice < RATE_SLICES; slice += 1)
    for (const product of rotated(products, slice)) {
      const of = felt[products.indexOf(product)];
      const timer = setInterval(() => of?.megabytes.push(product.residentBytes() / 1e6), SAMPLE_MS);
      const job = { urls: [product.url], shots: mixOf(shots, MIX), count, concurrency: 0, rate };
      const outcome = await client.run(job).finally(() => clearInterval(timer));
      refuseFailures(outcome);
      for (const kind of KINDS) of?.latencies[kind].push(...(outcome.latencies[kind] ?? []));
    }
  return felt;
};

/**
 * One round of all variants.
 * @returns the metrics of each product, in their order
 */
export const measureRound = async (
  products: readonly Product[],
  client: LoadClient,
  world: World,
  rate: number,
): Promise<Record<string, number>[]> => {
  const shots = shotsOf(await world.viewers(VIEWERS));
  const ready = products.map((product) => product.residentBytes() / 1e6);
  for (const product of products)
    for (const kind of KINDS) {
      const job = { urls: [product.url], shots: shots[kind], count: WARM_UP[kind], concurrency: CONCURRENCY };
      refuseFailures(await client.run(job));
    }
  const costs = await measureCost(products, client, shots);
  const felt = await measureLatency(products, client, shots, rate);
  const whole = KINDS.reduce((sum, kind) => sum + MIX[kind], 0);
  return products.map((_, place) => {
    const cost = costs[place] ?? { uncached: Number.NaN, cached: Number.NaN, health: Number.NaN };
    const { latencies, megabytes } = felt[place] ?? {
      latencies: { uncached: [], cached: [], health: [] },
      megabytes: [],
    };
    const all = KINDS.flatMap((kind) => latencies[kind]);
    return {
      cpu_mix: KINDS.reduce((sum, kind) => sum + cost[kind] * (MIX[kind] / whole), 0),
      ...Object.fromEntries(KINDS.map((kind) => [`cpu_${kind}`, cost[kind]])),
      p50_ms: quantile(all, 0.5),
      p99_ms: quantile(all, 0.99),
      ...Object.fromEntries(KINDS.map((kind) => [`p99_${kind}_ms`, quantile(latencies[kind], 0.99)])),
      rss_ready_mb: ready[place] ?? Number.NaN,
      rss_mb: median(megabytes),
    };
  });
};
