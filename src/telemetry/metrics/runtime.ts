import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { collectDefaultMetrics, type Gauge } from 'prom-client';
import { counter, gauge, histogram, registry } from './registry.ts';

/** Left out: gauges named like counters, which promtool refuses, and what Node has deprecated. */
const UNWANTED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  // It sees one collection of each batch that Node reports; ours sees all.
  'nodejs_gc_duration_seconds',
];
/** Also left out: its event loop lag, which is NaN when two scrapes come close together. */
const UNWANTED_PREFIX = 'nodejs_eventloop_lag';

const GC_KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

const watchGarbageCollection = (): void => {
  const seconds = histogram(
    'nodejs_gc_duration_seconds',
    'Time of garbage collections, by kind.',
    ['kind'],
    [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  );
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as typeof entry & { detail: { kind: number } }).detail;
      seconds.observe({ kind: GC_KINDS.get(kind) ?? 'minor' }, entry.duration / 1000);
    }
  }).observe({ entryTypes: ['gc'] });
};

/** Milliseconds between two looks at the event loop; what it takes longer is lag. */
const LAG_RESOLUTION = 10;

const watchEventLoopLag = (): void => {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION });
  delay.enable();
  // Node records the whole time between two looks, so an idle loop would seem to lag by the resolution.
  const lag = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LAG_RESOLUTION / 1000);
  const quantile = (name: string, read: () => number): Gauge =>
    gauge(
      `nodejs_eventloop_lag_${name}_seconds`,
      `Lag of the event loop since the last scrape, ${name}.`,
      [],
      function collect() {
        // Right after a scrape there is nothing to tell yet, and what was told still holds.
        if (delay.count > 0) this.set(lag(read()));
      },
    );
  quantile('mean', () => delay.mean);
  quantile('p50', () => delay.percentile(50));
  quantile('p90', () => delay.percentile(90));
  quantile('p99', () => delay.percentile(99));
  gauge(
    'nodejs_eventloop_lag_max_seconds',
    'Lag of the event loop since the last scrape, longest.',
    [],
    function collect() {
      if (delay.count > 0) this.set(lag(delay.max));
      // Instruments are read in the order they were made, so this is the last of them.
      delay.reset();
    },
  );
};

const watchEventLoopUtilisation = (): void => {
  counter(
    'nodejs_eventloop_time_seconds_total',
    'Time the event loop was active or idle.',
    ['state'],
    function collect() {
      const { active, idle } = performance.eventLoopUtilization();
      this.reset();
      this.inc({ state: 'active' }, active / 1000);
      this.inc({ state: 'idle' }, idle / 1000);
    },
  );
  let previous = performance.eventLoopUtilization();
  gauge(
    'nodejs_eventloop_utilization_ratio',
    'Share of time that the event loop was busy since the last scrape.',
    [],
    function collect() {
      const since = performance.eventLoopUtilization(previous);
      // Two scrapes at once would find a loop that did nothing but answer the first.
      if (since.active + since.idle < 1000) return;
      previous = performance.eventLoopUtilization();
      this.set(since.utilization);
    },
  );
};

let watching = false;

/** Starts to measure the process and its event loop; a second call does nothing. */
export const watchRuntime = (): void => {
  if (watching) return;
  watching = true;
  // The precision keeps its own watch over the event loop, which is not used, from ever waking up.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 2 ** 31 - 1 });
  for (const { name } of registry.getMetricsAsArray()) {
    if (UNWANTED.includes(name) || name.startsWith(UNWANTED_PREFIX)) registry.removeSingleMetric(name);
  }
  watchGarbageCollection();
  watchEventLoopLag();
  watchEventLoopUtilisation();
};
