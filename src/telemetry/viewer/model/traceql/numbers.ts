/** Nanoseconds of each unit, Prometheus' longer ones included. */
const units: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};

const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/y;

/** @returns undefined when it is no number; whole ones that a number cannot hold exactly are bigints */
export function readNumber(text: string): number | bigint | undefined {
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && !Number.isSafeInteger(number)) return BigInt(text);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * Durations as Go writes them: `1.5s`, `250us`, `1h30m`.
 * @returns nanoseconds; undefined when it is no duration, or one of more than 292 years
 */
export function readDuration(text: string): bigint | undefined {
  let total = 0;
  part.lastIndex = 0;
  do {
    const [, amount, unit] = part.exec(text) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    total += Number(amount) * (units[unit] ?? 0);
  } while (part.lastIndex < text.length);
  return total < 2 ** 63 ? BigInt(Math.round(total)) : undefined;
}
