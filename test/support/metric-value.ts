/**
 * The sum of the samples `name` that have these labels, in a text of /metrics; 0 for none.
 * @param text as Prometheus or OpenMetrics
 */
export const metricValue = (text: string, name: string, labels: Readonly<Record<string, string>> = {}): number => {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, found, own = '', value] = /^(\w+)(?:\{([^}]*)\})? (\S+)/.exec(line) ?? [];
    const has = own.split(',');
    if (found === name && wanted.every((pair) => has.includes(pair))) sum += Number(value);
  }
  return sum;
};

/** The traces that the exemplars of a text of /metrics point at, each once. */
export const exemplarTraces = (text: string): string[] => [
  ...new Set([...text.matchAll(/ # \{trace_id="([0-9a-f]+)"/g)].map(([, traceId]) => traceId ?? '')),
];
