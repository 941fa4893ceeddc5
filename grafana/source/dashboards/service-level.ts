import { dashboard } from '../kit/dashboard.ts';
import { bars, stat, timeSeries } from '../kit/graphs.ts';
import type { Placed } from '../kit/panel.ts';
import { ASKED, increase, le, SERVICE } from '../kit/promql.ts';
import { instant, series } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { UIDS } from '../kit/uids.ts';
import { service } from '../kit/variables.ts';
import { PAGES } from './feed-series.ts';
import { FAILED, REQUESTS } from './route-table.ts';

/** An objective, out of the series that prometheus/rules/recording.yml makes: the alerts go by the same ones. */
interface Objective {
  name: string;
  /** The share that has to be good, over 30 days. */
  target: number;
  /** Recorded: how many a second, and how many of them were bad. */
  all: string;
  bad: string;
  /** Recorded: the share that was bad, over the window at the end of the name. */
  share: string;
  meaning: string;
}

const CHOSEN = 'service=~"$service"';
const OBJECTIVES: readonly Objective[] = [
  {
    name: 'Availability',
    target: 0.999,
    all: 'service:http_requests:rate5m',
    bad: 'service:http_errors:rate5m',
    share: 'service:http_errors:ratio_rate',
    meaning: '99.9% of the requests are answered without a 5xx',
  },
  {
    name: 'Feed latency',
    target: 0.99,
    all: 'service:feed_requests:rate5m',
    bad: 'service:feed_requests_slow:rate5m',
    share: 'service:feed_requests_slow:ratio_rate',
    meaning: '99% of the requests for a feed take less than 300 ms',
  },
];

const average = (series: string): string => `sum(avg_over_time(${series}{${CHOSEN}}[30d]))`;
/**
 * The share that was bad in 30 days. Not the recorded one, which is made every five minutes only: a look after the
 * start should not meet an empty panel.
 */
const badOverall = ({ all, bad }: Objective): string =>
  `(${average(bad)} / (${average(all)} > 0) or 0 * ${average(all)})`;

const round = (value: number): number => Number(value.toPrecision(6));
const allowed = ({ target }: Objective): number => round(1 - target);
const percent = (value: number): string => `${round(value * 100)}%`;

/** How many times faster than allowed the budget is used up: 1 uses it up exactly in 30 days. */
const burn = (objective: Objective, window: string): string =>
  `max(${objective.share}${window}{${CHOSEN}}) / ${allowed(objective)}`;

/** Both windows have to burn for an alert: the long one is sure, the short one ends soon after the trouble does. */
const PAIRS = [
  { long: '1h', short: '5m', factor: 14.4, spends: '2% of the budget in an hour' },
  { long: '6h', short: '30m', factor: 6, spends: '5% of it in six hours' },
  { long: '1d', short: '2h', factor: 3, spends: '10% of it in a day' },
  { long: '3d', short: '6h', factor: 1, spends: '10% of it in three days' },
] as const;
const WINDOWS = [...new Set(PAIRS.flatMap(({ short, long }) => [short, long]))];

const numbers = (objective: Objective): Placed[] => [
  stat({
    title: `${objective.name}: last 30 days`,
    description: `Objective: ${objective.meaning}. Where Prometheus holds less than 30 days, it is the time that it holds.`,
    unit: UNITS.share,
    decimals: 3,
    width: 6,
    flat: true,
    limits: { warn: objective.target, act: objective.target, below: true },
    queries: [instant(`1 - ${badOverall(objective)}`)],
  }),
  stat({
    title: `${objective.name}: budget left`,
    description: `Of the ${percent(allowed(objective))} that may go wrong in 30 days, how much is left. At nothing: no risky releases until it recovers.`,
    unit: UNITS.share,
    decimals: 1,
    width: 6,
    flat: true,
    limits: { warn: 0.5, act: 0, below: true },
    queries: [instant(`1 - ${badOverall(objective)} / ${allowed(objective)}`)],
  }),
  stat({
    title: `${objective.name}: burning now`,
    description:
      'How many times faster than allowed, over the last hour. 1 is just right, above 14.4 somebody is woken.',
    unit: UNITS.count,
    decimals: 2,
    width: 6,
    limits: { warn: 1, act: 14.4 },
    queries: [series(burn(objective, '1h'))],
  }),
  stat({
    title: `${objective.name}: counted`,
    description: 'How many a second the numbers beside it are made of. With few, one failure looks like a disaster.',
    unit: UNITS.perSecond,
    width: 6,
    queries: [series(`sum(${objective.all}{${CHOSEN}})`)],
  }),
];

const history = (objective: Objective): Placed[] => [
  timeSeries({
    title: `${objective.name}: share that was bad`,
    description: `Over 5 minutes and an hour. The line is the ${percent(allowed(objective))} that is allowed in the long run.`,
    unit: UNITS.share,
    limits: { act: allowed(objective) },
    queries: ['5m', '1h'].map((window) =>
      series(`max by (service) (${objective.share}${window}{${CHOSEN}})`, `{{service}} ${window}`),
    ),
  }),
  timeSeries({
    title: `${objective.name}: burn rate`,
    description: `An alert needs both windows of a pair. ${PAIRS.map(({ long, short, factor, spends }) => `${factor} over ${long} and ${short} spends ${spends}`).join('; ')}.`,
    unit: UNITS.count,
    limits: { warn: 6, act: 14.4 },
    queries: WINDOWS.map((window) => series(burn(objective, window), window)),
  }),
];

const where = [
  bars({
    title: 'Failed requests by route',
    description:
      'Where the budget of availability went in the chosen time. The longest bar is the next thing to repair.',
    unit: UNITS.count,
    width: 12,
    links: [{ title: 'API Performance', dashboard: UIDS.api }],
    queries: [
      instant(
        `topk(10, ${increase(`${REQUESTS}_count`, `${SERVICE}, ${ASKED}, ${FAILED}`, 'http_route')}) or on() vector(0)`,
        '{{http_route}}',
      ),
    ],
  }),
  bars({
    title: 'Slow feeds by type',
    description: 'Where the budget of feed latency went in the chosen time: pages that took over 300 ms.',
    unit: UNITS.count,
    width: 12,
    links: [{ title: 'Feed', dashboard: UIDS.feed }],
    queries: [
      instant(
        `${increase(`${PAGES}_count`, SERVICE, 'feed_type')} - ${increase(`${PAGES}_bucket`, `${SERVICE}, ${le(0.3)}`, 'feed_type')}`,
        '{{feed_type}}',
      ),
    ],
  }),
];

export const serviceLevel = () =>
  dashboard({
    uid: UIDS.objectives,
    title: 'Service Level',
    description: 'What we promise, whether we keep it, and how much may still go wrong.',
    tags: ['objectives'],
    from: 'now-6h',
    variables: [service()],
    rows: [
      ...OBJECTIVES.map((objective) => ({
        title: `${objective.name}: ${objective.meaning}`,
        panels: [...numbers(objective), ...history(objective)],
      })),
      { title: 'Where the budget went', panels: where },
    ],
  });
