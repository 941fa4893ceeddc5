import { dashboard } from '../kit/dashboard.ts';
import { durations, stat, timeSeries } from '../kit/graphs.ts';
import { goodShare, le, orZero, quantile, rate, SERVICE, share } from '../kit/promql.ts';
import { buckets, PERCENTILE_COLOURS, percentiles, series, seriesWithExemplars } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { traceTable } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { labelValues, service } from '../kit/variables.ts';
import { ALL, CHOSEN, PAGES, pages, sources } from './feed-series.ts';
import { sourcePanels } from './feed-sources.ts';

const CACHE = { hit: 'green', miss: 'yellow', stale: 'orange', bypass: 'blue' };

const overview = [
  stat({
    title: 'Pages',
    description: 'Pages of feeds a second. It follows the number of people who scroll.',
    unit: UNITS.perSecond,
    queries: [series(orZero(pages(CHOSEN)))],
  }),
  stat({
    title: 'From the cache',
    description:
      'Share of pages that were found ready-made. Falls after a restart and when everybody posts; else look at Cache & Database.',
    unit: UNITS.share,
    limits: { warn: 0.5, act: 0.2, below: true },
    queries: [series(goodShare(pages(`${CHOSEN}, cache=~"hit|stale"`), pages(CHOSEN)))],
    links: [{ title: 'Cache & Database', dashboard: UIDS.data }],
  }),
  stat({
    title: 'p99',
    description: 'One page in a hundred takes longer. Above 0.3 s the objective is in danger.',
    unit: UNITS.seconds,
    limits: { warn: 0.3, act: 1 },
    queries: [series(quantile(0.99, PAGES, CHOSEN))],
  }),
  stat({
    title: 'Within 300 ms',
    description: 'Share of pages made within 300 ms. The objective is 99% of them, over 30 days.',
    unit: UNITS.share,
    decimals: 2,
    limits: { warn: 0.99, act: 0.95, below: true },
    queries: [series(goodShare(rate(`${PAGES}_bucket`, `${CHOSEN}, ${le(0.3)}`), pages(CHOSEN)))],
    links: [{ title: 'Service Level', dashboard: UIDS.objectives }],
  }),
  stat({
    title: 'Degraded sources',
    description:
      'Share of sources that failed or took too long; the feed went out without them. Above 1% see which, below.',
    unit: UNITS.share,
    decimals: 2,
    limits: { warn: 0.01, act: 0.1 },
    queries: [series(share(sources(`${ALL}, outcome!="ok"`), sources(ALL)))],
  }),
  stat({
    title: 'Stale pages',
    description:
      'Pages a second out of a cache that could not be made anew. More than none for long: the database is away.',
    unit: UNITS.perSecond,
    limits: { warn: 0.1 },
    queries: [series(orZero(pages(`${CHOSEN}, cache="stale"`)))],
  }),
];

const speed = [
  timeSeries({
    title: 'Time of a page',
    description:
      'Half, 95% and 99% of the pages are faster. Each dot is one request: click it to see which source was slow.',
    unit: UNITS.seconds,
    limits: { act: 0.3 },
    colours: PERCENTILE_COLOURS,
    queries: percentiles(PAGES, CHOSEN),
  }),
  durations({
    title: 'How long pages take',
    description:
      'The lower band are pages out of the cache, the upper one those that were made. Watch the distance between them.',
    query: buckets(rate(`${PAGES}_bucket`, CHOSEN, 'le')),
  }),
  timeSeries({
    title: 'p95 by type',
    description: 'Which kind of feed is slow. unified asks four sources, the others one.',
    unit: UNITS.seconds,
    limits: { act: 0.3 },
    queries: [seriesWithExemplars(quantile(0.95, PAGES, CHOSEN, 'feed_type'), '{{feed_type}}')],
  }),
  timeSeries({
    title: 'p95 by part of the cache',
    description: 'What a miss costs and what a hit costs. A slow hit is a slow cache, or an event loop that is late.',
    unit: UNITS.seconds,
    colours: CACHE,
    queries: [seriesWithExemplars(quantile(0.95, PAGES, CHOSEN, 'cache'), '{{cache}}')],
  }),
];

const freshness = [
  timeSeries({
    title: 'Pages by type',
    description: 'Which feeds people look at.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(pages(CHOSEN, 'feed_type'), '{{feed_type}}')],
  }),
  timeSeries({
    title: 'Freshness: where pages come from',
    description:
      'miss: made for this request. hit: at most as old as its time in the cache. stale: older, since it could not be made. bypass: asked for without cache.',
    unit: UNITS.perSecond,
    stack: true,
    colours: CACHE,
    queries: [series(pages(CHOSEN, 'cache'), '{{cache}}')],
  }),
];

const examples = [
  traceTable({
    title: 'Uncached and degraded feeds',
    description:
      'Requests for feeds that were made anew or went out without a source. Sort by duration and click an id: the longest feed.source is what it waited for.',
    query:
      '{ resource.service.name =~ "$service" && span.feed.type =~ "$feed_type" && (span.cache.hit = false || span.feed.sources.degraded != nil) }',
  }),
];

export const feed = () =>
  dashboard({
    uid: UIDS.feed,
    title: 'Feed',
    description: 'How fast feeds are, out of what they are made, and what was left out of them.',
    tags: ['feed'],
    variables: [
      service(),
      labelValues({
        name: 'feed_type',
        label: 'Type',
        description: 'unified, timeline, global or trending.',
        metric: `${PAGES}_count{${SERVICE}}`,
        metricLabel: 'feed_type',
      }),
    ],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Speed', panels: speed },
      { title: 'Traffic and freshness', panels: freshness },
      { title: 'Sources', panels: sourcePanels },
      { title: 'Examples', panels: examples },
    ],
  });
