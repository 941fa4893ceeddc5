import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import type { Attributes, AttributeValue } from '../../../model/trace.ts';
import { CopyButton } from '../copy-button.ts';

/** From so many on a filter is quicker than the eye. */
const MANY = 10;
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

/** Attributes by name, each with a button that copies its value. */
export const AttributesTable = ({ attributes }: { attributes: Attributes }): ComponentChildren => {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const all = Object.entries(attributes)
    .map(([name, value]) => ({ name, value, text: valueText(value) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const shown = all.filter(({ name, text }) => `${name}=${text}`.toLowerCase().includes(wanted));
  if (all.length === 0) return h('p', { class: 'weak' }, 'None.');
  return [
    all.length >= MANY &&
      h('input', {
        key: 'filter',
        type: 'search',
        class: 'attribute-filter',
        'aria-label': 'Filter attributes',
        placeholder: `Filter ${all.length} attributes`,
        value: filter,
        onInput: (event: Event) =>
          event.currentTarget instanceof HTMLInputElement && setFilter(event.currentTarget.value),
      }),
    h(
      'table',
      { key: 'table', class: 'attributes' },
      // The head is out of the table's layout: the widths of the columns stand here.
      h('colgroup', null, h('col', { class: 'attribute-name' }), h('col', null), h('col', { class: 'attribute-copy' })),
      h(
        'thead',
        { class: 'heard-only' },
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, 'Name'),
          h('th', { scope: 'col' }, 'Value'),
          h('th', { scope: 'col' }, 'Copy'),
        ),
      ),
      h(
        'tbody',
        null,
        shown.map(({ name, value, text }) =>
          h(
            'tr',
            { key: name },
            h('th', { scope: 'row' }, breakable(name)),
            h('td', null, h(Value, { value, text })),
            h('td', null, h(CopyButton, { what: name, text })),
          ),
        ),
      ),
    ),
    shown.length === 0 && h('p', { key: 'none', class: 'weak' }, 'No attribute matches.'),
  ];
};

/** A long name breaks after a dot, not in the middle of a word. */
const breakable = (name: string): ComponentChildren =>
  name.split(/(?<=[._/-])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr', { key: index }), part]));

const Value = ({ value, text }: { value: AttributeValue; text: string }): ComponentChildren => {
  if (text.length > LONG || text.includes('\n')) return h('pre', { class: 'long-value', tabIndex: 0 }, text);
  return h('code', { class: `value value-${value === null ? 'null' : typeof value}` }, text === '' ? '""' : text);
};
