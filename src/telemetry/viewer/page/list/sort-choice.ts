import { type ComponentChildren, h } from 'preact';
import { type ListOrder, readSort, writeSort } from './trace-order.ts';

const choices: readonly (readonly [sort: string, text: string])[] = [
  ['', 'Newest first'],
  ['time', 'Oldest first'],
  ['-duration', 'Slowest first'],
  ['duration', 'Fastest first'],
  ['title', 'Names from A'],
  ['-title', 'Names from Z'],
  ['-status', 'Highest status first'],
  ['status', 'Lowest status first'],
  ['user', 'Users from A'],
  ['-user', 'Users from Z'],
  ['-queries', 'Most queries first'],
  ['queries', 'Fewest queries first'],
  ['-spans', 'Most spans first'],
  ['spans', 'Fewest spans first'],
  ['-lines', 'Most lines first'],
  ['lines', 'Fewest lines first'],
];

interface Props {
  order: ListOrder;
  onOrder: (order: ListOrder) => void;
}

/** The order of the list, where there is no room for headings. */
export const SortChoice = ({ order, onOrder }: Props): ComponentChildren =>
  h(
    'select',
    {
      class: 'sort-choice',
      'aria-label': 'Sort',
      value: writeSort(order),
      onChange: (event: Event) => {
        if (!(event.currentTarget instanceof HTMLSelectElement)) return;
        onOrder({ ...order, ...readSort(event.currentTarget.value) });
      },
    },
    choices.map(([sort, text]) => h('option', { key: sort, value: sort }, text)),
  );
