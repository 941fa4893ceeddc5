import { bars, timeSeries } from '../kit/graphs.ts';
import { increase, mean, quantile, rate, ratio, share } from '../kit/promql.ts';
import { instant, series } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { ALL, CHOSEN, pages, SOURCES, sources } from './feed-series.ts';

const OUTCOMES = { ok: 'green', error: 'red', timeout: 'orange' };

/** What feeds are made of, and what was left out of them. */
export const sourcePanels = [
  timeSeries({
    title: 'p95 of a source',
    description: 'The slowest source decides how long an uncached page takes, for they are asked at once.',
    unit: UNITS.seconds,
    queries: [series(quantile(0.95, SOURCES, ALL, 'source'), '{{source}}')],
    width: 8,
  }),
  timeSeries({
    title: 'How sources end',
    description:
      'timeout: the source had no more time, the page went out without it. error: its query failed, the trace says why.',
    unit: UNITS.perSecond,
    stack: true,
    colours: OUTCOMES,
    queries: [series(sources(ALL, 'outcome'), '{{outcome}}')],
    width: 8,
  }),
  timeSeries({
    title: 'Degraded, by source',
    description:
      'Share of times that a source was left out. One source: its query. All: the database or its pool of connections.',
    unit: UNITS.share,
    limits: { warn: 0.01, act: 0.1 },
    queries: [series(share(sources(`${ALL}, outcome!="ok"`, 'source'), sources(ALL, 'source')), '{{source}}')],
    width: 8,
  }),
  bars({
    title: 'Items by source',
    description:
      'What feeds were made of in the chosen time. Nothing from following means that nobody follows anybody, or that its source fails.',
    unit: UNITS.count,
    queries: [instant(increase('feed_items_total', CHOSEN, 'source'), '{{source}}')],
  }),
  timeSeries({
    title: 'Items a page, by type',
    description:
      'How full pages are. A fall means that people reach the end of their feed, or that sources are left out.',
    unit: UNITS.count,
    queries: [
      series(ratio(rate('feed_items_total', CHOSEN, 'feed_type'), pages(CHOSEN, 'feed_type')), '{{feed_type}}'),
    ],
    width: 8,
  }),
  timeSeries({
    title: 'Mean time of a source',
    description: 'The mean shows a slow drift, such as a table that grows, which the p95 hides.',
    unit: UNITS.seconds,
    queries: [series(mean(SOURCES, ALL, 'source'), '{{source}}')],
    width: 8,
  }),
];
