import type { LogLine, Severity } from '../../../model/trace.ts';
import { valueText } from '../panel/attribute-value.ts';

/** From the lightest to the gravest. */
export const SEVERITIES: readonly Severity[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * @param least lines of this severity and graver ones
 * @param text in the message or in a field, any case
 * @returns each line with a key that stays the same whatever is filtered
 */
export const filterLines = (
  lines: readonly LogLine[],
  least: Severity,
  text: string,
): { line: LogLine; key: number }[] => {
  const from = SEVERITIES.indexOf(least);
  const wanted = text.trim().toLowerCase();
  return lines
    .map((line, key) => ({ line, key }))
    .filter(({ line }) => {
      if (SEVERITIES.indexOf(line.severity) < from) return false;
      return wanted === '' || `${line.message}\n${valueText(line.attributes)}`.toLowerCase().includes(wanted);
    });
};
