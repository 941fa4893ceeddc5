import { untilQuiet } from './export.ts';
import { mixOf, type Outcome, refuseFailures, type Shot, shotsOf } from './load/client.ts';
import { breakComments, withErrors } from './load/failing.ts';
import { type Product, startProduct } from './load/product.ts';
import { type Receiver, startReceiver } from './load/receiver.ts';
import { addSamples, inSetting, type Setting } from './load/setting.ts';
import { byTraceId, parseTraceparent, shapeOf, type Trace } from './load/traces.ts';
import { startVariant, traced } from './load/variants.ts';
import type { World } from './load/world.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

const RATES = { '1.0': 1, '0.1': 0.1, '0.01': 0.01 };
/** In each run: with the five that are usual, 50,000 of each variant. */
const REQUESTS = 10_000;
/** Each of them goes through three services. */
const CHAINED = 3000;
/** Whom each of them believes: the first is open to strangers, the others are behind it. */
const TRUST = ['never', 'private', 'private'];
const MIX = { cached: 6, uncached: 3, health: 1 };
const ONE_IN = 100;
const CONCURRENCY = 4;

const NOTES = [
  `${REQUESTS} requests in each run, one in ${ONE_IN} fails with 500: the comments of a post, whose table was renamed; of the others 6 of 10 are cached and 3 uncached /api/v1/feed/unified, 1 is /health`,
  'ordinary_kept: share of the requests that went well whose trace was exported because the rate chose it; kept_as_slow: how many beside those',
  'errors_whole: share of the failed requests whose trace arrived with a tree that failed requests have at rate 1.0 (the multiset of parent > child by name)',
  'sampled_lost: requests whose answer said sampled and whose trace did not arrive; spans_dropped: what /metrics says of the same',
  'bytes: bodies of the exports as received, protobuf with gzip; bytes_saved is what is missing to those at 1.0',
  `services: ${CHAINED} requests in each run, each to three processes at rate 0.01 one after the other; the client begins every trace as sampled, and hands on the traceparent of each answer as a gateway would; the first does not trust the caller's flag (OTEL_TRACE_TRUST=never) and draws, the others are behind it and follow; same_decision: share of the ordinary ones of which all three said the same, and of which all parts arrived where that was sampled`,
];

const shotsWithErrors = async (world: World): Promise<Shot[]> => {
  const viewers = await world.viewers(50);
  return withErrors(mixOf(shotsOf(viewers), MIX), await breakComments(world, viewers), ONE_IN);
};

interface Run {
  outcome: Outcome;
  /** As received from each service. */
  traces: Map<string, Trace>[];
  bytes: number;
  dropped: number;
}

const run = async (setting: Setting, products: Product[], receivers: Receiver[], count: number): Promise<Run> => {
  const shots = await shotsWithErrors(setting.world);
  // The first requests fill the cache; what was exported until then is not counted.
  const beginsTraces = products.length > 1;
  const job = { urls: products.map(({ url }) => url), shots, concurrency: CONCURRENCY, beginsTraces };
  await setting.client.run({ ...job, count: 500 });
  for (const receiver of receivers) {
    await untilQuiet(receiver);
    await receiver.clear();
  }
  const outcome = await setting.client.run({ ...job, count, keepAnswers: true });
  refuseFailures(outcome);
  const result: Run = { outcome, traces: [], bytes: 0, dropped: 0 };
  for (const receiver of receivers) {
    await untilQuiet(receiver);
    result.bytes += (await receiver.received()).bytes;
    result.traces.push(byTraceId(await receiver.spans()));
  }
  for (const product of products) result.dropped += (await product.metrics()).get('telemetry_spans_dropped_total') ?? 0;
  return result;
};

/** Shapes of the traces of failed requests, at rate 1.0. */
type Shapes = Set<string>;

const shapesOfErrors = ({ outcome, traces: [traces] }: Run): Shapes =>
  new Set(
    outcome.answers
      .filter(({ name }) => name === 'error')
      .flatMap(({ traceparent }) => {
        const trace = traces?.get(parseTraceparent(traceparent).traceId);
        return trace ? [shapeOf(trace)] : [];
      }),
  );

const judge = ({ outcome, traces, bytes, dropped }: Run, shapes: Shapes): Record<string, number> => {
  const count = { ordinary: 0, kept: 0, slow: 0, lost: 0, errors: 0, whole: 0 };
  for (const { name, traceparent, service } of outcome.answers) {
    const { traceId, sampled } = parseTraceparent(traceparent);
    const trace = traces[service]?.get(traceId);
    if (sampled && !trace) count.lost += 1;
    if (name === 'error') {
      count.errors += 1;
      if (trace && shapes.has(shapeOf(trace))) count.whole += 1;
    } else {
      count.ordinary += 1;
      if (trace && sampled) count.kept += 1;
      else if (trace) count.slow += 1;
    }
  }
  return {
    requests: outcome.answers.length,
    ordinary_kept: count.kept / count.ordinary,
    kept_as_slow: count.slow,
    errors: count.errors,
    errors_whole: count.whole / count.errors,
    sampled_lost: count.lost,
    spans_dropped: dropped,
    bytes,
  };
};

/**
 * Share of the ordinary requests on which the services agreed: all said the same, and what they said was sampled arrived from
 * each. What one of them kept for being slow counts for nothing here.
 */
const agreement = ({ outcome, traces }: Run): number => {
  const requests = Map.groupBy(
    outcome.answers.filter(({ name }) => name !== 'error'),
    ({ traceparent }) => parseTraceparent(traceparent).traceId,
  );
  const agreed = [...requests].filter(([traceId, answers]) => {
    const said = answers.map(({ traceparent }) => parseTraceparent(traceparent).sampled);
    const arrived = traces.every((some) => some.has(traceId));
    return answers.length === traces.length && new Set(said).size === 1 && (!said[0] || arrived);
  });
  return agreed.length / requests.size;
};

const runServices = async (setting: Setting): Promise<Run> => {
  const others = [await startReceiver({ keep: true }), await startReceiver({ keep: true })];
  const receivers = [setting.receiver, ...others];
  const products: Product[] = [];
  try {
    for (const [place, { endpoint }] of receivers.entries()) {
      const { env } = traced(endpoint, 0.01);
      products.push(
        await startProduct({ world: setting.world, env: { ...env, OTEL_TRACE_TRUST: TRUST[place] ?? 'never' } }),
      );
    }
    return await run(setting, products, receivers, CHAINED);
  } finally {
    for (const product of products) await product.stop();
    for (const receiver of others) await receiver.stop();
  }
};

export const bench: Bench = async ({ pairs, say }) =>
  inSetting({ keep: true, say }, async (setting) => {
    const samples: Samples = { '1.0': {}, '0.1': {}, '0.01': {}, services: {} };
    // At 1.0 first: it says what a whole trace is.
    const shapes: Shapes = new Set();
    for (let pair = 1; pair <= pairs; pair += 1) {
      for (const [name, rate] of Object.entries(RATES)) {
        const product = await startVariant(traced(setting.receiver.endpoint, rate), setting);
        const result = await run(setting, [product], [setting.receiver], REQUESTS).finally(() => product.stop());
        if (rate === 1) for (const shape of shapesOfErrors(result)) shapes.add(shape);
        const metrics = judge(result, shapes);
        addSamples(samples[name] ?? {}, metrics);
        say(`${pair}/${pairs} ${name}: ${JSON.stringify(metrics)}`);
      }
      const result = await runServices(setting);
      const { bytes: _, ...metrics } = judge(result, shapes);
      addSamples(samples.services ?? {}, { ...metrics, same_decision: agreement(result) });
      say(`${pair}/${pairs} services: ${JSON.stringify({ ...metrics, same_decision: agreement(result) })}`);
    }
    const mean = (name: string, metric: string): number =>
      (samples[name]?.[metric] ?? []).reduce((sum, value) => sum + value / pairs, 0);
    const bytes = (name: string): number => median(samples[name]?.bytes ?? []);
    return {
      notes: [
        ...NOTES,
        `a failed request's trace:\n${[...shapes].map((shape) => `  ${shape.replaceAll('\n', '\n  ')}`).join('\n  or\n')}`,
      ],
      versions: versionsOf('@opentelemetry/api', '@opentelemetry/otlp-exporter-base'),
      samples,
      ratios: {
        'bytes_saved_0.1': 1 - bytes('0.1') / bytes('1.0'),
        'bytes_saved_0.01': 1 - bytes('0.01') / bytes('1.0'),
        'ordinary_kept_0.1': mean('0.1', 'ordinary_kept'),
        'ordinary_kept_0.01': mean('0.01', 'ordinary_kept'),
        'errors_whole_0.1': mean('0.1', 'errors_whole'),
        'errors_whole_0.01': mean('0.01', 'errors_whole'),
        errors_whole_services: mean('services', 'errors_whole'),
        same_decision: mean('services', 'same_decision'),
      },
    };
  });
