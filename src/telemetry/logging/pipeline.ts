import { write } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { context } from '@opentelemetry/api';
import winston from 'winston';
import { FileTarget } from './file-target.ts';
import { LineWriter, type LineWriterStats } from './line-writer.ts';
import { otlpTransport } from './otlp.ts';
import { prettyLine } from './pretty.ts';
import { LEVELS, type Level, type Line, makeLine, type Resource } from './record.ts';
import { StdoutTarget } from './stdout-target.ts';
import { LINE, LineTransport } from './transports.ts';

export interface LoggingOptions extends Resource {
  level: Level;
  format: 'json' | 'pretty';
  /** File that JSON lines are appended to beside standard output; none by default. */
  file?: string | undefined;
  /** Size at which the file is rotated, in bytes. */
  maxBytes?: number;
  /** Rotated files that are kept. */
  maxFiles?: number;
  /** Also emit every line as an OpenTelemetry log record. */
  otlp?: boolean;
  /** Also hand every line to this; it must be quick. */
  alsoTo?: ((line: Line) => void) | undefined;
}

/** Lines per output: written, lost, and bytes that wait. */
export type LoggingStats = Record<'stdout' | 'file', LineWriterStats>;

const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const WARN_EVERY_MS = 60_000;

const LEVEL = Symbol.for('level');
/** The transport of OpenTelemetry reads the context of a record here. */
const CONTEXT = Symbol.for('opentelemetry.js.contrib.winston.context');

const asyncWrite = promisify(write);
const writeTo = async (fd: number, buffer: Buffer, offset: number, length: number): Promise<number> =>
  (await asyncWrite(fd, buffer, offset, length, null)).bytesWritten;

const asJson = (line: Line): string => line.json;

/** winston with the outputs that `options` ask for. */
export class LogPipeline {
  readonly #options: LoggingOptions;
  readonly #logger: winston.Logger;
  readonly #stdout: LineWriter;
  readonly #file: LineWriter | undefined;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LoggingOptions) {
    this.#options = options;
    const coloured = options.format === 'pretty' && isatty(1) && process.stdout.hasColors();
    const stdoutTarget = new StdoutTarget(1, (error) => this.#trouble('standard output cannot be written', error));
    this.#stdout = new LineWriter(stdoutTarget, writeTo, MAX_QUEUED_BYTES);
    this.#file = options.file === undefined ? undefined : this.#openFile(options.file);
    const [stdout, file] = [this.#stdout, this.#file];
    const text = options.format === 'json' ? asJson : (line: Line): string => prettyLine(line, coloured);
    const transports: winston.transport[] = [new LineTransport((line) => stdout.write(text(line)))];
    if (file !== undefined) transports.push(new LineTransport((line) => file.write(asJson(line))));
    if (options.alsoTo !== undefined) transports.push(new LineTransport(options.alsoTo));
    if (options.otlp === true) transports.push(otlpTransport());
    this.#logger = winston.createLogger({
      levels: { ...LEVELS },
      level: options.level,
      // A line is made where it is written, so that it has the ids of that place; there is nothing left to format.
      format: winston.format((info) => info)(),
      transports,
    });
    // A listener, since an 'error' event without one ends the process.
    this.#logger.on('error', (error) => this.#trouble('a log output failed', error));
  }

  write(level: Level, message: string, fields: Readonly<Record<string, unknown>>): void {
    if (LEVELS[level] > LEVELS[this.#options.level]) return;
    const line = makeLine(this.#options, level, message, fields);
    this.#logger.write({
      level,
      message: line.record.message,
      [LEVEL]: level,
      [LINE]: line,
      [CONTEXT]: context.active(),
    });
  }

  stats(): LoggingStats {
    return { stdout: this.#stdout.stats(), file: this.#file?.stats() ?? { written: 0, lost: 0, queuedBytes: 0 } };
  }

  /** Writes what waits, at most for `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#logger.end();
    await Promise.all([this.#stdout.close(timeoutMs), this.#file?.close(timeoutMs)]);
  }

  #openFile(path: string): LineWriter {
    const target = new FileTarget({
      path,
      maxBytes: this.#options.maxBytes ?? 64 * 1024 * 1024,
      maxFiles: this.#options.maxFiles ?? 5,
      onTrouble: (error) => this.#trouble('the log file cannot be written, lines go on to standard output', error),
      onRecovery: () =>
        this.write('info', 'the log file is written again', { file: path, lines_lost: this.#file?.stats().lost }),
    });
    return new LineWriter(target, writeTo, MAX_QUEUED_BYTES);
  }

  #trouble(message: string, error: Error): void {
    if (Date.now() - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = Date.now();
    this.write('warn', message, { error, file: this.#options.file });
  }
}
