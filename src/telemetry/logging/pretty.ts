import { styleText } from 'node:util';
import { traceLink } from '../viewer/trace-link.ts';
import type { Level, Line } from './record.ts';

/** Everything that could move the cursor, colour the terminal, reverse the text or begin a line of its own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const visible = (text: string): string =>
  text.replace(
    CONTROL,
    (character) => SHORT[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

const MAX_FIELD = 300;

const COLOURS = { error: 'red', warn: 'yellow', info: 'green', debug: 'blue' } as const satisfies Record<Level, string>;

const shortened = (value: unknown): string => {
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
  return visible(text.length > MAX_FIELD ? `${text.slice(0, MAX_FIELD)}…` : text);
};

/**
 * A line for people at a terminal: time, level, message, fields, where its trace is to be seen or else the trace's id;
 * stacks indented below it.
 * @param coloured whether the terminal shows colours.
 */
export const prettyLine = ({ record, fields }: Line, coloured: boolean): string => {
  const dim = (text: string): string => (coloured ? styleText('dim', text, { validateStream: false }) : text);
  const level = record.level.toUpperCase().padEnd(5);
  const stacks: string[] = [];
  const parts = [
    dim(new Date(record.timestamp).toTimeString().slice(0, 8) + record.timestamp.slice(19, 23)),
    coloured ? styleText(COLOURS[record.level], level, { validateStream: false }) : level,
    visible(record.message),
  ];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(dim(`${visible(name)}=`) + shortened(withoutStack(value, stacks)));
  }
  if (record.user_id !== undefined) parts.push(dim(`user=${visible(record.user_id)}`));
  if (record.trace_id !== undefined) parts.push(dim(traceLink(record.trace_id) ?? `trace=${record.trace_id}`));
  const below = stacks.flatMap((stack) => stack.split('\n')).map((line) => `    ${dim(visible(line))}\n`);
  return `${parts.join(' ')}\n${below.join('')}`;
};

const withoutStack = (value: unknown, stacks: string[]): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const { stack, ...rest } = value as { stack?: unknown };
  if (typeof stack !== 'string') return value;
  stacks.push(stack);
  return rest;
};
