import type { Severity, SpanKind, ViewerSpan } from './trace.ts';

/** In the order of their numbers, from opentelemetry/proto/trace/v1/trace.proto. */
const KINDS = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const satisfies readonly SpanKind[];
const STATUSES = ['unset', 'ok', 'error'] as const satisfies readonly ViewerSpan['status'][];
/** Four numbers each, from 1 on, as in opentelemetry/proto/logs/v1/logs.proto. */
const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const satisfies readonly Severity[];

/** What the number or its name (`SPAN_KIND_SERVER`) stands for; what is unknown, also in future, is the first. */
const readEnum = <T extends string>(names: readonly [T, ...T[]], prefix: string, value: unknown): T => {
  if (typeof value === 'number') return names[value] ?? names[0];
  const name = typeof value === 'string' ? value.replace(prefix, '').toLowerCase() : '';
  return names.find((known) => known === name) ?? names[Number(name || 0)] ?? names[0];
};

export const readKind = (value: unknown): SpanKind => readEnum(KINDS, 'SPAN_KIND_', value);
export const readStatus = (value: unknown): ViewerSpan['status'] => readEnum(STATUSES, 'STATUS_CODE_', value);
export const writeKind = (kind: SpanKind): number => KINDS.indexOf(kind);
export const writeStatus = (status: ViewerSpan['status']): number => STATUSES.indexOf(status);

/** Words that programs have for levels that OTLP calls otherwise. */
const OTHER_WORDS: Readonly<Record<string, Severity>> = {
  verbose: 'debug',
  notice: 'info',
  http: 'info',
  information: 'info',
  warning: 'warn',
  err: 'error',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
};

/** @param value severityNumber: 9, or `SEVERITY_NUMBER_INFO` @param text severityText, for when there is no number */
export const readSeverity = (value: unknown, text: unknown): Severity => {
  const number = Number(value ?? 0);
  if (Number.isInteger(number) && number >= 1 && number <= 24)
    return SEVERITIES[Math.floor((number - 1) / 4)] ?? 'info';
  const name = typeof value === 'string' && value.startsWith('SEVERITY_NUMBER_') ? value.slice(16) : text;
  const word = typeof name === 'string' ? name.toLowerCase().replace(/\d$/, '') : '';
  const other = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined;
  return SEVERITIES.find((known) => known === word) ?? other ?? 'info';
};

export const writeSeverity = (severity: Severity): number => SEVERITIES.indexOf(severity) * 4 + 1;
