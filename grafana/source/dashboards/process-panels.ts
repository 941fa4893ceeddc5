import { stat, timeSeries } from '../kit/graphs.ts';
import { rate, SERVICE } from '../kit/promql.ts';
import { instant, series } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';

// Functions, since a panel belongs to one dashboard: its place is kept in it.

export const memory = () =>
  timeSeries({
    title: 'Memory',
    description: 'What processes hold. It climbs to a plateau; a line that never ends is a leak.',
    unit: UNITS.bytes,
    queries: [
      series(
        `max by (service, instance) (process_resident_memory_bytes{${SERVICE}})`,
        'resident {{service}} {{instance}}',
      ),
      series(`max by (service, instance) (nodejs_heap_size_used_bytes{${SERVICE}})`, 'heap {{service}} {{instance}}'),
    ],
  });

export const garbageCollection = () =>
  timeSeries({
    title: 'Garbage collection',
    description: 'Share of time that collections take. Above 5% the heap is too small for what is in it.',
    unit: UNITS.share,
    limits: { warn: 0.05 },
    queries: [series(rate('nodejs_gc_duration_seconds_sum', SERVICE, 'service', 'kind'), '{{service}} {{kind}}')],
  });

export const cpu = () =>
  timeSeries({
    title: 'CPU of the processes',
    description:
      'Cores in use, without those of ffmpeg, which is a process of its own. Near 1 the event loop is what is busy.',
    unit: UNITS.cores,
    queries: [series(rate('process_cpu_seconds_total', SERVICE, 'service'), '{{service}}')],
  });

/** How the one thread of each process is doing. */
export const processPanels = [
  timeSeries({
    title: 'Event loop',
    description:
      'How late the event loop is, and how busy. Above 0.9 busy the process needs a neighbour, not a faster database.',
    unit: UNITS.seconds,
    limits: { warn: 0.1 },
    queries: [
      series(`max by (service) (nodejs_eventloop_lag_p99_seconds{${SERVICE}})`, 'lag p99 {{service}}'),
      series(`max by (service) (nodejs_eventloop_lag_mean_seconds{${SERVICE}})`, 'lag mean {{service}}'),
    ],
  }),
  timeSeries({
    title: 'Event loop busy',
    description: 'Share of time that the one thread of a process works. Near 1 every request waits for the others.',
    unit: UNITS.share,
    max: 1,
    limits: { warn: 0.7, act: 0.9 },
    queries: [
      series(`max by (service, instance) (nodejs_eventloop_utilization_ratio{${SERVICE}})`, '{{service}} {{instance}}'),
    ],
  }),
  stat({
    title: 'Processes',
    description: 'How many answer to Prometheus. Fewer than you started: one is down or does not answer, see its log.',
    unit: UNITS.count,
    width: 12,
    flat: true,
    limits: { warn: 1, below: true },
    queries: [instant(`sum by (service) (up{${SERVICE}})`, '{{service}}')],
  }),
];
