import { readFileSync } from 'node:fs';
import type { Config } from '../config/index.ts';
import { parseSpanFilter, type SpanFilter } from './span-filter.ts';
import type { KeepPolicy } from './tracing/trace-keeper.ts';

/** All that the telemetry subsystem needs to know; made from the configuration, or by hand where it is used from code. */
export interface TelemetryOptions {
  serviceName: string;
  serviceVersion: string;
  environment: string;
  /** Where spans go; none: they are exported nowhere. */
  exporter: ExporterOptions | undefined;
  /** Share of ordinary traces kept; clamped to 0..1. */
  sampleRatio: number;
  /** Which other traces are kept. */
  keep: KeepPolicy;
  /** Spans in one export at most. */
  batchSize: number;
  /** Milliseconds that spans are collected before an export. */
  delay: number;
  /** Spans waiting for export at most. */
  queueSize: number;
  /** Milliseconds that one try of a batch may take. */
  timeout: number;
  spanFilter: SpanFilter;
}

export interface ExporterOptions {
  /** Base URL of the receiver; `/v1/traces` and `/v1/logs` are appended. */
  url: string;
  protocol: 'http/json' | 'http/protobuf';
  headers: Record<string, string>;
  compression: 'none' | 'gzip';
  /** Milliseconds for one request. */
  timeout: number;
  /** PEM of the certificate authority that the receiver's certificate is checked against. */
  certificate: string | undefined;
  logs: boolean;
}

/** @throws Error that names the variable, its value and what is allowed. */
export const telemetryOptions = (config: Config): TelemetryOptions => ({
  serviceName: config.OTEL_SERVICE_NAME,
  serviceVersion: config.version,
  environment: config.OTEL_ENVIRONMENT,
  exporter: exporterOptions(config),
  sampleRatio: config.sampleRatio,
  keep: { errors: config.OTEL_TRACE_KEEP_ERRORS, slowerThan: config.OTEL_TRACE_KEEP_SLOWER_THAN_MS },
  batchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
  delay: config.OTEL_BSP_SCHEDULE_DELAY,
  queueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
  timeout: config.OTEL_BSP_EXPORT_TIMEOUT,
  spanFilter: naming('OTEL_SPAN_FILTER', config.OTEL_SPAN_FILTER, parseSpanFilter),
});

const exporterOptions = (config: Config): ExporterOptions | undefined => {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return undefined;
  return {
    url: naming('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint, endpointUrl),
    protocol: config.OTEL_EXPORTER_OTLP_PROTOCOL,
    headers: naming('OTEL_EXPORTER_OTLP_HEADERS', config.OTEL_EXPORTER_OTLP_HEADERS ?? '', parseHeaders),
    compression: config.OTEL_EXPORTER_OTLP_COMPRESSION,
    timeout: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    certificate:
      config.OTEL_EXPORTER_OTLP_CERTIFICATE === undefined
        ? undefined
        : naming('OTEL_EXPORTER_OTLP_CERTIFICATE', config.OTEL_EXPORTER_OTLP_CERTIFICATE, (file) =>
            readFileSync(file, 'utf8'),
          ),
    logs: config.OTEL_LOGS_EXPORTER === 'otlp',
  };
};

const naming = <T>(variable: string, value: string, parse: (value: string) => T): T => {
  try {
    return parse(value);
  } catch (error) {
    const shown = variable.endsWith('HEADERS') ? '(not shown)' : JSON.stringify(value);
    throw new Error(`${variable}=${shown}: ${error instanceof Error ? error.message : error}`);
  }
};

/** `tempo:4318` means `http://tempo:4318`. */
const endpointUrl = (value: string): string => {
  const url = /^https?:\/\//.test(value) ? value : `http://${value}`;
  if (!URL.canParse(url) || value.includes(' ') || (!/^https?:/.test(value) && value.includes('://'))) {
    throw new Error('must be host:port or an http(s) URL');
  }
  return url.replace(/\/+$/, '');
};

/** `name=value` pairs separated by commas, percent-encoded: the OpenTelemetry specification's form (W3C baggage without properties). */
const parseHeaders = (value: string): Record<string, string> =>
  Object.fromEntries(
    value
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) throw new Error('must be name=value pairs separated by commas');
        return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
      }),
  );
