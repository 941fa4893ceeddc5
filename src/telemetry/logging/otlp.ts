import { logs } from '@opentelemetry/api';
import { OpenTelemetryTransportV3 } from '@opentelemetry/winston-transport';
import winston from 'winston';
import { LINE, type LineInfo } from './transports.ts';

/**
 * The transport speaks to the logs API of OpenTelemetry 0.2xx, which has a global of its own, while SDK 3 registers
 * its logger provider with `@opentelemetry/api`: without this its records go nowhere, silently.
 */
const joinLogsApis = (): void => {
  const older = Symbol.for('io.opentelemetry.js.api.logs');
  (globalThis as Record<symbol, unknown>)[older] ??= () => logs.getLoggerProvider();
};

/** The fields as attributes: what the resource and the span context say is not said twice. */
const asAttributes = winston.format((info) => {
  const { record, fields } = (info as unknown as LineInfo)[LINE];
  const { error, exception, ...attributes } = fields;
  if (record.request_id !== undefined) attributes.request_id = record.request_id;
  if (record.user_id !== undefined) attributes.user_id = record.user_id;
  // Winston keeps `exception` for itself and swallows such lines.
  if (exception !== undefined) attributes.field_exception = exception;
  return Object.assign(info, attributes, {
    level: record.level,
    message: record.message,
    ...(error === undefined ? {} : { error: asException(error) }),
  });
});

/** The SDK makes `exception.type`, `.message` and `.stacktrace` of an error's own properties. */
const asException = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return error;
  const { type, message, stack } = error as Record<string, unknown>;
  return typeof type === 'string' ? { name: type, message, stack } : error;
};

/** Sends the lines to whatever logger provider is registered, with the ids of the span they were written in. */
export const otlpTransport = (): winston.transport => {
  joinLogsApis();
  return new OpenTelemetryTransportV3({ format: asAttributes() });
};
