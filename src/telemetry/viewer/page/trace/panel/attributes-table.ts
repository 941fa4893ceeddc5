import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import type { Attributes } from '../../../model/trace.ts';
import { CopyButton } from '../../shared/copy-button.ts';
import type { AttributeScope } from './attribute-query.ts';
import { type AttributeRow, attributeRows } from './attribute-rows.ts';
import { Value } from './attribute-value.ts';

/** From so many on a filter is quicker than the eye. */
const MANY = 10;

interface Props {
  attributes: Attributes;
  /** What has them; without it there are no links to traces that have the same. */
  scope?: AttributeScope;
}

/** Attributes by name; each value can be copied, and looked for in other traces. */
export const AttributesTable = ({ attributes, scope }: Props): ComponentChildren => {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const all = attributeRows(attributes, scope);
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
      h('colgroup', null, h('col', { class: 'attribute-name' }), h('col', null)),
      h(
        'thead',
        { class: 'heard-only' },
        h('tr', null, h('th', { scope: 'col' }, 'Name'), h('th', { scope: 'col' }, 'Value')),
      ),
      h(
        'tbody',
        null,
        shown.map((row, index) =>
          h(
            'tr',
            // A key of a map may have the name of another attribute.
            { key: `${row.name} ${index}` },
            h('th', { scope: 'row' }, breakable(row.name)),
            h('td', null, h('div', { class: 'attribute-value' }, h(Value, row), h(Actions, row))),
          ),
        ),
      ),
    ),
    shown.length === 0 && h('p', { key: 'none', class: 'weak' }, 'No attribute matches.'),
  ];
};

/** A long name breaks after a dot, not in the middle of a word. */
export const breakable = (name: string): ComponentChildren =>
  name.split(/(?<=[._/-])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr', { key: index }), part]));

const Actions = ({ name, text, query }: AttributeRow): ComponentChildren =>
  h(
    'span',
    { class: 'attribute-actions' },
    query !== undefined &&
      h(
        'a',
        {
          class: 'find-attribute',
          href: `/traces?${new URLSearchParams({ q: query })}`,
          'aria-label': `Find traces with ${name} = ${text}`,
          title: 'Find traces with the same',
        },
        'Find',
      ),
    h(CopyButton, { what: name, text }),
  );
