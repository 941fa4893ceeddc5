import { type LoggingOptions, type LoggingStats, LogPipeline } from './logging/pipeline.ts';
import type { Level } from './logging/record.ts';
import { keepTrace } from './tracing/keep-trace.ts';

export type { LoggingOptions, LoggingStats } from './logging/pipeline.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is logged before `configureLogging`, or in a script that never calls it, is JSON on standard output. */
const UNCONFIGURED: LoggingOptions = {
  level: 'info',
  format: 'json',
  service: 'sidechain',
  environment: 'development',
  version: '0',
};

const NOTHING = { written: 0, lost: 0, queuedBytes: 0 };

let pipeline: LogPipeline | undefined;
/** What pipelines that are closed wrote and lost. */
let past: LoggingStats = { stdout: NOTHING, file: NOTHING };

/** Opens the outputs. Called once, as early as the configuration is known; lines of before went to standard output. */
export const configureLogging = (options: LoggingOptions): void => {
  void closeLogging(1000);
  pipeline = new LogPipeline(options);
};

/** Writes all lines that wait, at most for `timeoutMs`, and closes the file. Lines of later go to standard output. */
export const closeLogging = async (timeoutMs: number): Promise<void> => {
  const closing = pipeline;
  pipeline = undefined;
  if (closing === undefined) return;
  await closing.close(timeoutMs);
  past = sum(past, closing.stats());
};

/** Lines written and lost per output since the start, for `log_lines_lost_total`. */
export const loggingStats = (): LoggingStats => (pipeline === undefined ? past : sum(past, pipeline.stats()));

const sum = (a: LoggingStats, b: LoggingStats): LoggingStats => ({
  stdout: added(a.stdout, b.stdout),
  file: added(a.file, b.file),
});

const added = (a: LoggingStats['file'], b: LoggingStats['file']): LoggingStats['file'] => ({
  written: a.written + b.written,
  lost: a.lost + b.lost,
  queuedBytes: b.queuedBytes,
});

const write = (level: Level, message: string, fields: Fields = {}): void => {
  try {
    pipeline ??= new LogPipeline(UNCONFIGURED);
    pipeline.write(level, message, fields);
  } catch {
    // Whatever is wrong with a log line is no reason to fail what it tells of.
  }
};

/**
 * Writes one line with the ids of the running span and request. An error goes into the field `error`.
 * Secrets are taken out, whatever is handed in; the caller never waits. A line at `error` has its trace kept.
 */
export const log = {
  debug: (message: string, fields?: Fields): void => write('debug', message, fields),
  info: (message: string, fields?: Fields): void => write('info', message, fields),
  warn: (message: string, fields?: Fields): void => write('warn', message, fields),
  error: (message: string, fields?: Fields): void => {
    keepTrace(undefined, 'error');
    write('error', message, fields);
  },
};

/** What code that is handed a log may do with it. */
export type Log = Pick<typeof log, 'info' | 'warn' | 'error'>;
