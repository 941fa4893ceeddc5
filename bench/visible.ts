import { setTimeout as sleep } from 'node:timers/promises';
import { untilQuiet } from './export.ts';
import { type Outcome, refuseFailures, shotsOf } from './load/client.ts';
import type { Receiver } from './load/receiver.ts';
import { addSamples, inSetting } from './load/setting.ts';
import { startVariant, traced } from './load/variants.ts';
import { type Bench, quantile, type Samples, versionsOf } from './report.ts';

const RATES = { 'alone, 2/s': 2, '20/s': 20 };
const SECONDS = 10;
const POLL_MS = 20;
const GIVE_UP_MS = 10_000;
/** Nothing listens for traces where Tempo is asked for but its OTLP port was not named. */
const TEMPO_OTLP = process.env.TEMPO_OTLP_URL ?? 'http://127.0.0.1:4318';
const TEMPO = process.env.TEMPO_URL;

const traceIdOf = (traceparent: string | undefined): string => traceparent?.split('-')[1] ?? '';

/** Milliseconds from the end of each answer until the last span of its trace was received. */
const untilReceived = async ({ answers }: Outcome, receiver: Receiver): Promise<number[]> => {
  await untilQuiet(receiver);
  const traces = Map.groupBy(await receiver.spans(), ({ traceId }) => traceId);
  return answers.map(({ traceparent, endedAt }) => {
    const spans = traces.get(traceIdOf(traceparent)) ?? [];
    if (spans.length === 0) throw new Error('a trace did not arrive');
    return Math.max(...spans.map(({ arrivedAt }) => arrivedAt)) - endedAt;
  });
};

/** Asks Tempo for a trace until it has it. @returns Unix time in milliseconds */
const foundInTempo = async (tempo: string, traceId: string): Promise<number> => {
  const deadline = performance.now() + GIVE_UP_MS;
  while (performance.now() < deadline) {
    const response = await fetch(new URL(`/api/traces/${traceId}`, tempo), { headers: { accept: 'application/json' } });
    const text = await response.text();
    if (response.status === 200 && text.includes('GET /api/v1/feed/unified'))
      return performance.timeOrigin + performance.now();
    await sleep(POLL_MS);
  }
  throw new Error(`trace ${traceId} was not to be found in Tempo within ${GIVE_UP_MS} ms`);
};

export const bench: Bench = async ({ pairs, say }) =>
  inSetting({ keep: true, say }, async ({ world, client, receiver }) => {
    const samples: Samples = {};
    const all: number[] = [];
    const endpoint = TEMPO === undefined ? receiver.endpoint : TEMPO_OTLP;
    const product = await startVariant(traced(endpoint, 1), { world });
    try {
      for (let pair = 1; pair <= pairs; pair += 1) {
        const shots = shotsOf(await world.viewers(20)).uncached;
        const run = (count: number, rate: number) =>
          client.run({ urls: [product.url], shots, count, concurrency: 0, rate, keepAnswers: true });
        await run(40, 20);
        for (const [name, rate] of Object.entries(RATES)) {
          await untilQuiet(receiver);
          await receiver.clear();
          const delays: number[] = [];
          if (TEMPO === undefined) {
            const outcome = await run(rate * SECONDS, rate);
            refuseFailures(outcome);
            delays.push(...(await untilReceived(outcome, receiver)));
          } else {
            // One after the other: each is asked for from the moment at which it was answered.
            for (let turn = 0; turn < SECONDS; turn += 1) {
              const outcome = await run(rate, rate);
              refuseFailures(outcome);
              const last = outcome.answers.at(-1);
              const found = await foundInTempo(TEMPO, traceIdOf(last?.traceparent));
              delays.push(found - (last?.endedAt ?? Number.NaN));
            }
          }
          samples[name] ??= {};
          all.push(...delays);
          addSamples(samples[name], { p50_ms: quantile(delays, 0.5), p95_ms: quantile(delays, 0.95) });
          say(
            `${pair}/${pairs} ${name}: p50 ${quantile(delays, 0.5).toFixed(0)} ms, p95 ${quantile(delays, 0.95).toFixed(0)} ms`,
          );
        }
      }
    } finally {
      await product.stop();
    }
    return {
      notes: [
        `from the moment at which the client had the whole answer until ${
          TEMPO === undefined
            ? 'the OTLP receiver had the last span of its trace'
            : 'Tempo gave the trace for its id, asked every 20 ms; of the last of each burst'
        }`,
        'GET /api/v1/feed/unified?limit=20 with Cache-Control: no-cache, everything kept, export once a second (the default)',
        'TEMPO_URL=http://127.0.0.1:3200 asks a Tempo; spans go to TEMPO_OTLP_URL, http://127.0.0.1:4318 where that is not given',
      ],
      versions: versionsOf('@opentelemetry/api', '@opentelemetry/otlp-exporter-base'),
      samples,
      ratios: {
        p50_ms: quantile(all, 0.5),
        p95_ms: quantile(all, 0.95),
        worst_run_p95_ms: Math.max(...Object.values(samples).flatMap((metrics) => metrics.p95_ms ?? [])),
      },
    };
  });
