import { hostname } from 'node:os';
import type { Config } from '../config/index.ts';
import { configureLogging } from './log.ts';
import type { Line } from './logging/record.ts';

/**
 * Configures the log of the process as the configuration says.
 * @param alsoTo is handed every line besides.
 */
export const configureProcessLogging = (config: Config, alsoTo?: (line: Line) => void): void => {
  const file = (config.LOG_FILE ?? 'logs/{service}.log')
    .replaceAll('{service}', config.OTEL_SERVICE_NAME)
    .replaceAll('{hostname}', hostname());
  configureLogging({
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    ...(file === 'none' ? {} : { file }),
    maxBytes: config.LOG_FILE_MAX_BYTES,
    maxFiles: config.LOG_FILE_MAX_FILES,
    service: config.OTEL_SERVICE_NAME,
    environment: config.OTEL_ENVIRONMENT,
    version: config.version,
    otlp:
      config.OTEL_ENABLED && config.OTEL_LOGS_EXPORTER === 'otlp' && config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    alsoTo,
  });
};
