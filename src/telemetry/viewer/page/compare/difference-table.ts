import { type ComponentChildren, h } from 'preact';
import type { AttributeDifference } from '../../model/compare-attributes.ts';
import type { AttributeValue } from '../../model/trace.ts';
import { Value, valueText } from '../trace/panel/attribute-value.ts';
import { breakable } from '../trace/panel/attributes-table.ts';

/** An attribute that differs, and whose it is where that is not plain. */
export interface NamedDifference extends AttributeDifference {
  of?: string;
}

interface Props {
  caption: ComponentChildren;
  differences: readonly NamedDifference[];
}

/** Attributes that differ, the value of A beside that of B. */
export const DifferenceTable = ({ caption, differences }: Props): ComponentChildren =>
  h(
    'table',
    { class: 'differences' },
    h('caption', null, caption),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        ['Attribute', 'A', 'B'].map((title) => h('th', { key: title, scope: 'col' }, title)),
      ),
    ),
    h(
      'tbody',
      null,
      differences.map(({ name, of, a, b }) =>
        h(
          'tr',
          { key: `${of} ${name}` },
          h('th', { scope: 'row' }, h('code', null, breakable(name)), of && h('span', { class: 'weak' }, ` of ${of}`)),
          h('td', null, h(Side, { value: a })),
          h('td', null, h(Side, { value: b })),
        ),
      ),
    ),
  );

const Side = ({ value }: { value: AttributeValue | undefined }): ComponentChildren =>
  value === undefined ? h('span', { class: 'weak' }, '–') : h(Value, { value, text: valueText(value) });
