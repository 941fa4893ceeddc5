import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DiagLogLevel, diag, logs } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { createSpanExporter } from './export/otlp-exporter.ts';
import { transportOptions } from './export/transport-options.ts';
import { createInstrumentations, loadInstrumented } from './instrumentations.ts';
import { log } from './log.ts';
import { setExemplarPolicy } from './metrics/exemplars.ts';
import { setInstrumentationActive } from './metrics/self.ts';
import type { ExporterOptions, TelemetryOptions } from './options.ts';
import { SpanExport } from './span-export.ts';
import { setSpanFilter } from './span-filter.ts';
import { HeadSampler } from './tracing/head-sampler.ts';
import { installTracing } from './tracing/install.ts';
import { TraceKeeper } from './tracing/trace-keeper.ts';
import type { TraceViewer } from './viewer/open-viewer.ts';

export interface Telemetry {
  isRunning(): boolean;
  /** Which instrumentations took hold, and whether spans arrive where they are sent. */
  health(): { instrumentations: Record<string, boolean>; exporter: 'none' | 'ok' | 'failing' };
  /** What the metrics port's /traces shows, where that is on. */
  readonly viewer: TraceViewer | undefined;
  /** Flushes and stops; a second call waits for the first. */
  shutdown(): Promise<void>;
}

/**
 * Starts tracing (and the export of logs) for the process. Has to run before express and ioredis are loaded.
 * @param viewer also given every span that is kept
 * @throws Error when an instrumentation did not take hold: traces with holes are worse than none.
 */
export const startTelemetry = (options: TelemetryOptions, viewer?: TraceViewer): Telemetry => {
  diag.setLogger(diagnostics, DiagLogLevel.WARN);
  setSpanFilter(options.spanFilter);

  const { exporter } = options;
  // A try that we no longer wait for must not go on: the same batch would be under way twice.
  const patience = Math.min(exporter?.timeout ?? 0, options.timeout);
  const spanExport = exporter && new SpanExport(createSpanExporter({ ...exporter, timeout: patience }), options);
  const resource = resourceFromAttributes({
    'service.name': options.serviceName,
    'service.version': options.serviceVersion,
    'deployment.environment.name': options.environment,
    'service.instance.id': randomUUID(),
  });
  const sinks = [viewer?.ring, spanExport].filter((sink) => sink !== undefined);
  const keeper = new TraceKeeper(resource, sinks, options.keep);
  const tracerProvider = installTracing(new HeadSampler(options.sampleRatio), keeper);
  registerInstrumentations({ tracerProvider, instrumentations: createInstrumentations(options.spanFilter) });
  const logExport = exporter?.logs ? exportLogs(exporter, resource) : undefined;
  setExemplarPolicy(() => viewer !== undefined || spanExport?.healthy === true);

  const instrumentations = loadInstrumented(options.spanFilter);
  for (const [name, active] of Object.entries(instrumentations)) setInstrumentationActive(name, active);
  const missing = Object.keys(instrumentations).filter((name) => !instrumentations[name]);
  if (missing.length > 0) {
    throw new Error(
      `telemetry: ${missing.join(', ')} not instrumented; was it loaded before src/telemetry/register.ts?`,
    );
  }
  log.info('telemetry started', {
    endpoint: exporter?.url ?? 'none',
    protocol: exporter?.protocol ?? 'none',
    sample_ratio: options.sampleRatio,
    instrumentations: Object.keys(instrumentations).join(', '),
  });

  const stop = async (): Promise<void> => {
    const lines = logExport?.shutdown();
    await keeper.shutdown();
    // Who took no spans has been waited for already.
    if (lines) await untilSent(lines, spanExport?.healthy ? LINES_MS : 0);
  };
  let stopping: Promise<void> | undefined;
  return {
    isRunning: () => stopping === undefined,
    health: () => ({ instrumentations, exporter: spanExport ? (spanExport.healthy ? 'ok' : 'failing') : 'none' }),
    viewer,
    shutdown: () => {
      stopping ??= stop();
      return stopping;
    },
  };
};

/** Milliseconds for the last log lines after the last spans: beside stdout and the file this is one copy more. */
const LINES_MS = 2000;

const untilSent = async (lines: Promise<void>, patience: number): Promise<void> => {
  const late = Symbol('late');
  const waited = new AbortController();
  const first = await Promise.race([
    lines.catch(() => late),
    setTimeout(patience, late, { signal: waited.signal }).catch(() => late),
  ]);
  waited.abort();
  if (first === late) log.warn('the last log lines were not sent by OTLP: the receiver did not take them in time');
};

const exportLogs = (exporter: ExporterOptions, resource: Resource): LoggerProvider => {
  const compression = exporter.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE;
  const logExporter = new OTLPLogExporter({ ...transportOptions(exporter, 'logs'), compression });
  const processor = new BatchLogRecordProcessor({ exporter: logExporter });
  const provider = new LoggerProvider({ resource, processors: [processor] });
  logs.setGlobalLoggerProvider(provider);
  return provider;
};

/** What OpenTelemetry itself has to say goes into the log; export failures come from SpanExport, once a minute. */
const diagnostics = {
  error: (message: string, ...details: unknown[]): void => log.debug(`opentelemetry: ${message}`, { details }),
  warn: (message: string, ...details: unknown[]): void => log.debug(`opentelemetry: ${message}`, { details }),
  info: (): void => {},
  debug: (): void => {},
  verbose: (): void => {},
};
