import { durations, timeSeries } from '../kit/graphs.ts';
import { increase, quantile, rate, ratio, SERVICE } from '../kit/promql.ts';
import { buckets, PERCENTILE_COLOURS, percentiles, series, seriesWithExemplars, tableRows } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { table } from '../kit/tables.ts';

export const QUERIES = 'db_client_operation_duration_seconds';
export const TABLE = `${SERVICE}, db_collection_name=~"$table"`;
export const queries = (...by: string[]): string => rate(`${QUERIES}_count`, TABLE, ...by);

export const databasePanels = [
  timeSeries({
    title: 'Time of a query',
    description: 'Half, 95% and 99% of the queries are faster. Each dot is one query in its trace.',
    unit: UNITS.seconds,
    limits: { act: 0.5 },
    colours: PERCENTILE_COLOURS,
    queries: percentiles(QUERIES, TABLE),
  }),
  durations({
    title: 'How long queries take',
    description: 'A second band above the usual one is a query without its index, or one that waits for a lock.',
    query: buckets(rate(`${QUERIES}_bucket`, TABLE, 'le')),
  }),
  timeSeries({
    title: 'Queries by operation',
    description: 'What the database is asked to do. BEGIN and COMMIT are transactions.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(queries('db_operation_name'), '{{db_operation_name}}')],
  }),
  timeSeries({
    title: 'p95 by table',
    description: 'Which table is slow. One that grows steadily has outgrown an index.',
    unit: UNITS.seconds,
    limits: { act: 0.5 },
    queries: [
      seriesWithExemplars(`topk(8, ${quantile(0.95, QUERIES, TABLE, 'db_collection_name')})`, '{{db_collection_name}}'),
    ],
  }),
  timeSeries({
    title: 'Connections',
    description:
      'Connections of the pool. All used and some waiting is a pool that is too small, or queries that are too slow.',
    unit: UNITS.count,
    stack: true,
    colours: { used: 'orange', idle: 'green', waiting: 'red' },
    queries: [
      series(`sum by (state) (db_client_connections{${SERVICE}})`, '{{state}}'),
      series(`sum(db_client_connections_pending_requests{${SERVICE}})`, 'waiting'),
    ],
  }),
  timeSeries({
    title: 'Time spent in the database, by table',
    description:
      'Seconds of queries a second: how many connections a table keeps busy. What is on top is worth the work.',
    unit: UNITS.seconds,
    stack: true,
    queries: [series(`topk(8, ${rate(`${QUERIES}_sum`, TABLE, 'db_collection_name')})`, '{{db_collection_name}}')],
  }),
];

const overRange = (suffix: string): string => increase(`${QUERIES}_${suffix}`, TABLE, 'db_collection_name');
export const tables = table({
  title: 'Tables',
  description: 'Every table in the chosen time. The one on top costs most, which need not be the slowest.',
  row: { label: 'db_collection_name', title: 'Table' },
  columns: [
    { title: 'Total time', query: tableRows(overRange('sum')), unit: UNITS.seconds },
    { title: 'Queries', query: tableRows(overRange('count')), unit: UNITS.count },
    {
      title: 'Mean',
      query: tableRows(ratio(overRange('sum'), overRange('count'))),
      unit: UNITS.seconds,
      limits: { warn: 0.05, act: 0.25 },
    },
    {
      title: 'p99',
      query: tableRows(`histogram_quantile(0.99, ${increase(`${QUERIES}_bucket`, TABLE, 'db_collection_name', 'le')})`),
      unit: UNITS.seconds,
      limits: { warn: 0.1, act: 0.5 },
    },
  ],
  sortBy: 'Total time',
});
