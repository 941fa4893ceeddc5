import { type ComponentChildren, h } from 'preact';
import type { AttributeValue } from '../../../model/trace.ts';

/** Characters; longer ones get a box of their own that scrolls. */
const LONG = 240;
/** Characters of JSON that need no lines. */
const ONE_LINE = 100;

/** A value as text that can be copied: strings as they are, all else as JSON. */
export const valueText = (value: AttributeValue): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  const exact = (_: string, inner: unknown): unknown => (typeof inner === 'bigint' ? String(inner) : inner);
  const line = JSON.stringify(value, exact);
  return line.length > ONE_LINE ? JSON.stringify(value, exact, 2) : line;
};

/** A value as it is shown. @param text of it, by `valueText` */
export const Value = ({ value, text }: { value: AttributeValue; text: string }): ComponentChildren => {
  if (text.length > LONG || text.includes('\n')) return h('pre', { class: 'long-value', tabIndex: 0 }, text);
  return h('code', { class: `value value-${value === null ? 'null' : typeof value}` }, text === '' ? '""' : text);
};
