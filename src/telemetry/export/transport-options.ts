import type { ExporterOptions } from '../options.ts';

/** Where and how the exporters of OpenTelemetry send `signal`. */
export const transportOptions = (options: ExporterOptions, signal: 'traces' | 'logs') => ({
  url: `${options.url}/v1/${signal}`,
  headers: options.headers,
  timeoutMillis: options.timeout,
  ...(options.certificate === undefined ? {} : { httpAgentOptions: { ca: options.certificate, keepAlive: true } }),
});
