import { setTimeout as sleep } from 'node:timers/promises';
import { refuseFailures, shotsOf } from './load/client.ts';
import type { Receiver } from './load/receiver.ts';
import { addSamples, inSetting } from './load/setting.ts';
import type { ReceivedSpan } from './load/spans.ts';
import { startVariant, traced } from './load/variants.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

const KINDS = ['cached', 'uncached'] as const;
const RATE = 40;
const REQUESTS = 400;
const QUIET_MS = 2500;

const NOTES = [
  'bytes_per_trace: bodies of the export requests as they were received (protobuf, gzip), divided by the traces in them',
  `cached, uncached: GET /api/v1/feed/unified?limit=20 of 50 viewers in turn, out of Redis or with Cache-Control: no-cache; ${RATE} a second, ${REQUESTS} in each run, everything kept`,
  'export once a second or at 512 spans (the defaults): the fewer requests a second, the fewer spans share what a request costs by itself',
];

/** Waits until nothing more comes. */
export const untilQuiet = async (receiver: Receiver): Promise<void> => {
  for (let last = -1; ; ) {
    const { requests } = await receiver.received();
    if (requests === last) return;
    last = requests;
    await sleep(QUIET_MS);
  }
};

/** The spans of one trace by name, with how often each is there, most often first. */
const namesIn = (spans: readonly ReceivedSpan[], traces: number): string =>
  [...Map.groupBy(spans, ({ name }) => name)]
    .map(([name, { length }]) => [name, length / traces] as const)
    .filter(([, often]) => often >= 0.01)
    .sort(([, a], [, b]) => b - a)
    .map(([name, often]) => (often === 1 ? name : `${Number(often.toFixed(2))} x ${name}`))
    .join(', ');

export const bench: Bench = async ({ pairs, say }) =>
  inSetting({ keep: true, say }, async ({ world, client, receiver }) => {
    const samples: Samples = { cached: {}, uncached: {} };
    const names: Record<string, string> = {};
    const product = await startVariant(traced(receiver.endpoint, 1), { world });
    try {
      for (let pair = 1; pair <= pairs; pair += 1) {
        const shots = shotsOf(await world.viewers(50));
        const run = (kind: (typeof KINDS)[number], count: number, rate: number) =>
          client.run({ urls: [product.url], shots: shots[kind], count, concurrency: 0, rate }).then(refuseFailures);
        for (const kind of KINDS) {
          // Fills the cache, too.
          await run('uncached', 50, RATE);
          await untilQuiet(receiver);
          await receiver.clear();
          await run(kind, REQUESTS, RATE);
          await untilQuiet(receiver);
          const { bytes, requests } = await receiver.received();
          const traces = [...Map.groupBy(await receiver.spans(), ({ traceId }) => traceId).values()];
          const ours = traces.filter((spans) => spans.some(({ name }) => name === 'GET /api/v1/feed/unified'));
          if (ours.length !== REQUESTS) throw new Error(`${ours.length} traces of ${REQUESTS} requests arrived`);
          const counts = ours.map((spans) => spans.length);
          addSamples(samples[kind] ?? {}, {
            bytes_per_trace: bytes / traces.length,
            spans_per_trace: counts.reduce((sum, count) => sum + count, 0) / counts.length,
            most_spans: Math.max(...counts),
            traces_per_export: traces.length / requests,
          });
          names[kind] = namesIn(ours.flat(), ours.length);
          say(`${pair}/${pairs} ${kind}: ${(bytes / traces.length).toFixed(0)} bytes, ${median(counts)} spans`);
        }
      }
    } finally {
      await product.stop();
    }
    const bytesOf = (kind: string): number => median(samples[kind]?.bytes_per_trace ?? []);
    return {
      notes: [...NOTES, ...KINDS.map((kind) => `${kind}: ${names[kind]}`)],
      versions: versionsOf('@opentelemetry/api', '@opentelemetry/otlp-exporter-base'),
      samples,
      ratios: { bytes_cached: bytesOf('cached'), bytes_uncached: bytesOf('uncached') },
    };
  });
