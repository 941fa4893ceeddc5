/** Numbers and times as the page writes them, in every language of the reader's browser the same. */

const threeDigits = (value: number): string => {
  if (value >= 99.95) return String(Math.round(value));
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
};

/** Three digits without the zeros that say nothing: `1 ms`, not `1.00 ms`. For bounds and other round numbers. */
const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Seconds. */
const HOUR = 3600;
const DAY = 24 * HOUR;

/** `2 min 5 s`, `2 min`: so many seconds in a large unit and what is left of them in a small one. */
const inTwo = (seconds: number, large: number, largeName: string, small: number, smallName: string): string => {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
};

const withUnit = (ms: number, write: (value: number) => string): string => {
  if (!Number.isFinite(ms)) return '–';
  const size = Math.abs(ms);
  if (size === 0) return '0 ms';
  const sign = ms < 0 ? '−' : '';
  if (size < 0.9995) return `${sign}${Math.max(1, Math.round(size * 1000))} µs`;
  if (size < 999.5) return `${sign}${write(size)} ms`;
  if (size < 59_995) return `${sign}${write(size / 1000)} s`;
  const seconds = Math.round(size / 1000);
  if (seconds < HOUR) return sign + inTwo(seconds, 60, 'min', 1, 's');
  if (seconds < DAY) return sign + inTwo(seconds, HOUR, 'h', 60, 'min');
  return sign + inTwo(seconds, DAY, 'd', HOUR, 'h');
};

/** @param ms milliseconds. Three digits: `812 µs`, `43.2 ms`, `1.25 s`, `2 min 5 s`. */
export const formatDuration = (ms: number): string => withUnit(ms, threeDigits);

/** @param ms milliseconds. As `formatDuration` without trailing zeros: `1 ms`, `2.5 s`. */
export const formatBound = (ms: number): string => withUnit(ms, short);

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** @param time milliseconds since 1970. `14:03:22.123` in the reader's time zone. */
export const formatTime = (time: number): string => {
  const date = new Date(time);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

/** @param time milliseconds since 1970. `2026-11-21 14:03:22.123` in the reader's time zone. */
export const formatDateTime = (time: number): string => {
  const date = new Date(time);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${formatTime(time)}`;
};

/**
 * @param time milliseconds since 1970
 * @param now the same, of the present
 * @returns `14:03:22.123`; of another day, `11-21 14:03`
 */
export const formatMoment = (time: number, now: number): string => {
  const text = formatDateTime(time);
  return text.slice(0, 10) === formatDateTime(now).slice(0, 10) ? formatTime(time) : text.slice(5, 16);
};

/** `12,345` */
export const formatNumber = (value: number): string => value.toLocaleString('en');

/** `1 trace`, `1,000 traces` */
export const formatCount = (value: number, one: string, many = `${one}s`): string =>
  `${formatNumber(value)} ${value === 1 ? one : many}`;
