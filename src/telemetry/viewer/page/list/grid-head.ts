import { type ComponentChildren, h } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { isSortColumn, type ListOrder, nextOrder, type SortColumn } from './trace-order.ts';

const columns: readonly (readonly [name: string, heading: string, hint?: string])[] = [
  ['select', ''],
  ['time', 'Time'],
  ['method', 'Method'],
  ['title', 'Route or name'],
  ['status', 'Status'],
  ['duration', 'Duration', 'The bars are logarithmic: the full length is the slowest one shown'],
  ['user', 'User'],
  ['feed', 'Feed'],
  ['queries', 'Queries'],
  ['cache', 'Cache'],
  ['spans', 'Spans'],
  ['lines', 'Lines'],
  ['services', 'Services'],
];

interface Props {
  order: ListOrder;
  onOrder: (order: ListOrder) => void;
}

/** The headings of the table; most sort by their column. The Tab key comes to one of them, arrow keys to the others. */
export const GridHead = ({ order, onOrder }: Props): ComponentChildren => {
  const row = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<SortColumn>('time');

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    // A heading that a narrow window hides takes no focus.
    const buttons = [...(row.current?.querySelectorAll('button') ?? [])].filter((button) => button.offsetWidth > 0);
    const next = buttons[buttons.findIndex((button) => button.matches(':focus')) + step];
    next?.focus();
    event.preventDefault();
  };

  return h(
    'div',
    { class: 'traces-head', role: 'rowgroup' },
    h(
      'div',
      { ref: row, class: 'list-row', role: 'row', 'aria-rowindex': 1, onKeyDown },
      columns.map(([name, heading, hint]) => {
        const sorted = order.column === name;
        return h(
          'div',
          {
            key: name,
            role: 'columnheader',
            class: `list-cell col-${name}`,
            title: hint,
            'aria-sort': sorted ? (order.descending ? 'descending' : 'ascending') : undefined,
          },
          name === 'select' && h('span', { class: 'heard-only' }, 'Selected'),
          isSortColumn(name)
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'sort',
                  tabIndex: name === current ? 0 : -1,
                  onFocus: () => setCurrent(name),
                  onClick: () => onOrder(nextOrder(order, name)),
                },
                heading,
              )
            : heading,
          name === 'duration' && h('span', { class: 'log-scale' }, 'log scale'),
        );
      }),
    ),
  );
};
