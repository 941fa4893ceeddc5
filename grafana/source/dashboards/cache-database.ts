import { dashboard } from '../kit/dashboard.ts';
import { stat, timeSeries } from '../kit/graphs.ts';
import { goodShare, orZero, quantile, rate, ratio, SERVICE } from '../kit/promql.ts';
import { series } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { traceTable } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { labelValues, service } from '../kit/variables.ts';
import { databasePanels, QUERIES, queries, TABLE, tables } from './database-panels.ts';

const CACHE = 'cache_operations_total';
const CACHE_SECONDS = 'cache_operation_duration_seconds';
const PROCESS = SERVICE;
const NAMESPACE = `${SERVICE}, cache=~"$cache"`;

const reads = (labels = ''): string => rate(CACHE, `${NAMESPACE}, operation="GET"${labels}`);

const overview = [
  stat({
    title: 'Queries',
    description:
      'Database queries a second. Compare with the requests: a jump in queries for each request is a loop of queries.',
    unit: UNITS.perSecond,
    queries: [series(queries())],
  }),
  stat({
    title: 'Queries a request',
    description: 'How many queries a request makes in the mean. It should not grow with the number of rows.',
    unit: UNITS.count,
    decimals: 1,
    limits: { warn: 20 },
    queries: [
      series(ratio(rate(`${QUERIES}_count`, PROCESS), rate('http_server_request_duration_seconds_count', PROCESS))),
    ],
  }),
  stat({
    title: 'Query p99',
    description: 'One query in a hundred takes longer. Above 100 ms look for it in the table below and explain it.',
    unit: UNITS.seconds,
    limits: { warn: 0.1, act: 0.5 },
    queries: [series(quantile(0.99, QUERIES, TABLE))],
  }),
  stat({
    title: 'Waiting for a connection',
    description:
      'Queries that stand in line for a connection. More than none for long: raise DATABASE_POOL_SIZE, or find what holds them.',
    unit: UNITS.count,
    limits: { warn: 1, act: 10 },
    queries: [series(`sum(db_client_connections_pending_requests{${PROCESS}})`)],
  }),
  stat({
    title: 'Cache hits',
    description:
      'Share of reads that found something. Low after a restart; low for long means that entries are invalidated too often.',
    unit: UNITS.share,
    limits: { warn: 0.5, act: 0.2, below: true },
    queries: [series(goodShare(reads(', result="hit"'), reads()))],
  }),
  stat({
    title: 'Cache errors',
    description:
      'Operations a second that the cache did not do. Nothing fails, reads just miss: look whether redis is up.',
    unit: UNITS.perSecond,
    limits: { warn: 0.1, act: 10 },
    queries: [series(orZero(rate(CACHE, `${NAMESPACE}, result="error"`)))],
  }),
];

const cache = [
  timeSeries({
    title: 'Hits by namespace',
    description: 'Share of reads that found something. One namespace that falls is invalidated by something new.',
    unit: UNITS.share,
    max: 1,
    queries: [
      series(
        goodShare(
          rate(CACHE, `${NAMESPACE}, operation="GET", result="hit"`, 'cache'),
          rate(CACHE, `${NAMESPACE}, operation="GET"`, 'cache'),
        ),
        '{{cache}}',
      ),
    ],
  }),
  timeSeries({
    title: 'Operations by result',
    description: 'ok are writes. error: the cache is away or too slow, and everything goes to the database.',
    unit: UNITS.perSecond,
    stack: true,
    colours: { hit: 'green', miss: 'yellow', ok: 'blue', error: 'red' },
    queries: [series(rate(CACHE, NAMESPACE, 'result'), '{{result}}')],
  }),
  timeSeries({
    title: 'p95 of an operation',
    description: 'A cache that takes over 5 ms is no help any more: look at the network, or at the size of entries.',
    unit: UNITS.seconds,
    limits: { warn: 0.005 },
    queries: [series(quantile(0.95, CACHE_SECONDS, NAMESPACE, 'operation'), '{{operation}}')],
  }),
  timeSeries({
    title: 'Invalidations by namespace',
    description: 'How often entries are thrown away because something changed. Each is a miss to come.',
    unit: UNITS.perSecond,
    queries: [series(orZero(rate(CACHE, `${NAMESPACE}, operation="DEL"`, 'cache')), '{{cache}}')],
  }),
];

const examples = [
  traceTable({
    title: 'Traces with a slow query',
    description:
      'Traces with a query of over 5 ms. The span has the statement, without its values, and the number of rows.',
    query: '{ resource.service.name =~ "$service" && span.db.system.name = "postgresql" && duration > 5ms }',
  }),
];

export const cacheDatabase = () =>
  dashboard({
    uid: UIDS.data,
    title: 'Cache & Database',
    description: 'What the queries and the cache do and cost.',
    tags: ['data'],
    variables: [
      service(),
      labelValues({
        name: 'table',
        label: 'Table',
        description: 'The table of a query; empty for what has none, such as BEGIN.',
        metric: `${QUERIES}_count{${SERVICE}}`,
        metricLabel: 'db_collection_name',
      }),
      labelValues({
        name: 'cache',
        label: 'Cache',
        description: 'The namespace of a cache.',
        metric: `${CACHE}{${SERVICE}}`,
        metricLabel: 'cache',
      }),
    ],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Database', panels: databasePanels },
      { title: 'By table', panels: [tables] },
      { title: 'Cache', panels: cache },
      { title: 'Examples', panels: examples },
    ],
  });
