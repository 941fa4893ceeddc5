/** What the server tells the page about itself, in the shell's `#settings`. */
export interface Settings {
  /** URL of a trace in Tempo, with `{trace_id}`, `{from}`, `{to}` to fill in (milliseconds since 1970). */
  tempo: string | undefined;
  /** URL of its log lines in Loki, with the same. */
  loki: string | undefined;
  /** Where the API is, if it runs in the same process. */
  api: string | undefined;
  /** Name of the process that serves the page. */
  service: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const read = (): Settings => {
  const given: unknown = JSON.parse(document.getElementById('settings')?.textContent || '{}');
  const fields = typeof given === 'object' && given !== null ? given : {};
  return {
    tempo: 'tempo' in fields ? text(fields.tempo) : undefined,
    loki: 'loki' in fields ? text(fields.loki) : undefined,
    api: 'api' in fields ? text(fields.api) : undefined,
    service: ('service' in fields ? text(fields.service) : undefined) ?? 'this process',
  };
};

export const settings: Settings = read();

/**
 * @param template from the settings
 * @param from start of the time range, milliseconds since 1970; `to` its end
 * @returns undefined unless what comes out is a http or https URL: nothing else becomes a link.
 */
export const fillUrl = (template: string, traceId: string, from: number, to: number): string | undefined => {
  const values: Record<string, string> = {
    trace_id: traceId,
    from: String(Math.floor(from)),
    to: String(Math.ceil(to)),
  };
  const url = template.replace(/\{(trace_id|from|to)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const protocol = URL.parse(url)?.protocol;
  return protocol === 'http:' || protocol === 'https:' ? url : undefined;
};
