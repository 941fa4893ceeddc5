/** Those of our processes that were chosen; `service` is what they are called in traces and logs too. */
export const SERVICE = 'job="sidechain", service=~"$service"';

/** Requests that somebody made. A probe of /health every few seconds would thin out what happens to the others. */
export const ASKED = 'http_route!~"/health.*"';

const selector = (metric: string, labels: string): string => `${metric}{${labels}}`;
const grouped = (by: readonly string[]): string => (by.length > 0 ? ` by (${by.join(', ')})` : '');

/** How fast a counter grows, a second, summed over processes. `$__rate_interval` is at least four scrapes. */
export const rate = (counter: string, labels = SERVICE, ...by: string[]): string =>
  `sum${grouped(by)} (rate(${selector(counter, labels)}[$__rate_interval]))`;

/** How much a counter grew over the time of the dashboard, summed over processes. */
export const increase = (counter: string, labels = SERVICE, ...by: string[]): string =>
  `sum${grouped(by)} (increase(${selector(counter, labels)}[$__range]))`;

/** A quantile of a histogram, over all processes; seconds where the histogram is in seconds. */
export const quantile = (q: number, histogram: string, labels = SERVICE, ...by: string[]): string =>
  `histogram_quantile(${q}, ${rate(`${histogram}_bucket`, labels, ...by, 'le')})`;

/**
 * A series that is zero until the first event. Without it a panel about something that never happened is empty, which
 * looks as if it were broken.
 */
export const orZero = (expr: string): string => `${expr} or on() vector(0)`;

/** `part` for each of `whole`; a gap while there is no whole, instead of an infinity. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

/** The mean of what a histogram measured. */
export const mean = (histogram: string, labels = SERVICE, ...by: string[]): string =>
  ratio(rate(`${histogram}_sum`, labels, ...by), rate(`${histogram}_count`, labels, ...by));

/** The share that was good, 0 to 1, by whatever `whole` is grouped by; a gap while there was nothing. */
export const goodShare = (good: string, whole: string): string => ratio(`(${good} or 0 * ${whole})`, whole);

/** The share that was bad, 0 to 1. Of nothing nothing is bad, so a quiet night is 0 and no gap. */
export const share = (bad: string, whole: string): string =>
  `${ratio(`(${bad} or 0 * ${whole})`, whole)} or 0 * ${whole}`;

/**
 * A matcher for one border of a histogram. Prometheus 3 writes whole numbers as `1.0`, 2 as they come.
 * `seconds` has to be a border that the histogram has.
 */
export const le = (seconds: number): string =>
  Number.isInteger(seconds) ? `le=~"${seconds}|${seconds}[.]0"` : `le="${seconds}"`;
