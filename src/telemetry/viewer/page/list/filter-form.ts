import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatBound } from '../shared/format.ts';
import { Field } from './filter-field.ts';
import {
  type DurationRange,
  durationRange,
  type FilterField,
  type FilterProblem,
  type FilterText,
  filterLabels,
  traceqlHint,
} from './filter-text.ts';
import { useListKey } from './list-keys.ts';
import { TraceqlHelp } from './traceql-help.ts';

interface Props {
  text: FilterText;
  problems: ReadonlyMap<FilterField, FilterProblem>;
  onChange: (change: FilterText) => void;
  onReset: () => void;
}

const Chip = ({ text, onRemove }: { text: string; onRemove: () => void }): ComponentChildren =>
  h(
    'button',
    { type: 'button', class: 'chip', 'aria-label': `${text}, remove`, onClick: onRemove },
    text,
    h('span', { 'aria-hidden': 'true' }, ' ×'),
  );

const rangeText = ({ min, max }: DurationRange): string => {
  const from = formatBound(min);
  const to = formatBound(max);
  const [number, unit] = from.split(' ');
  return to.endsWith(` ${unit}`) ? `Duration ${number}–${to}` : `Duration ${from}–${to}`;
};

/** Those that stand in the URL alone. */
const withoutInput = ['max', 'trace_id'] as const;

/** Puts the focus near what a pressed button narrowed or widened: the button itself goes away. */
export const focusFilter = (): void => document.getElementById('filter')?.focus();

/** The search: what the list is narrowed by. On a narrow screen it waits behind a button, unless something in it is wrong. */
export const FilterForm = (props: Props): ComponentChildren => {
  const { text, problems, onChange, onReset } = props;
  const [open, setOpen] = useState(false);
  const fields = useRef<HTMLDivElement>(null);
  const wanted = useRef(false);
  /** @returns whether it could: a box behind the button takes no focus */
  const focusText = (): boolean => {
    const box = fields.current?.querySelector<HTMLInputElement>('#filter-text');
    box?.focus();
    box?.select();
    return box === document.activeElement;
  };
  useListKey('/', () => {
    if (focusText()) return;
    wanted.current = true;
    setOpen(true);
  });
  useLayoutEffect(() => {
    if (wanted.current) focusText();
    wanted.current = false;
  });
  const invalid = problems.size > 0;
  useLayoutEffect(() => {
    if (invalid) setOpen(true);
  }, [invalid]);
  const changeByChip = (change: () => void) => (): void => {
    focusFilter();
    change();
  };
  const inputOf = (field: FilterField) => ({
    field,
    value: text[field] ?? '',
    problem: problems.get(field),
    onInput: (value: string) => onChange({ [field]: value }),
  });
  const count = Object.values(text).filter(Boolean).length;
  const range = durationRange(text);
  return h(
    'search',
    { id: 'filter', class: open ? 'filter open' : 'filter', 'aria-label': 'Filter', tabIndex: -1 },
    h(
      'button',
      {
        type: 'button',
        class: invalid ? 'filter-toggle error' : 'filter-toggle',
        'aria-expanded': open,
        onClick: () => setOpen(!open),
      },
      `Filter${count > 0 ? ` (${count}${invalid ? ', not valid' : ''})` : ''}`,
    ),
    h(
      'div',
      { ref: fields, class: 'fields' },
      h(Field, { ...inputOf('route'), example: '/feed' }),
      h(Field, { ...inputOf('status'), example: '5xx, error' }),
      h(Field, { ...inputOf('min'), example: '100' }),
      h(Field, { ...inputOf('user'), example: '' }),
      h(Field, { ...inputOf('text'), example: 'in names, attributes, log lines' }),
      h(
        Field,
        {
          ...inputOf('q'),
          example: '{ duration > 100ms && status = error }',
          hint: problems.has('q') || !text.q ? '' : traceqlHint(text.q),
        },
        h(TraceqlHelp, { onPick: (q) => onChange({ q }) }),
      ),
    ),
    count > 0 &&
      h(
        'div',
        { class: 'chips' },
        range.max < Number.POSITIVE_INFINITY &&
          h(Chip, {
            text: rangeText(range),
            onRemove: changeByChip(() => onChange({ min: undefined, max: undefined })),
          }),
        text.trace_id &&
          h(Chip, { text: `Trace ${text.trace_id}`, onRemove: changeByChip(() => onChange({ trace_id: undefined })) }),
        h('button', { type: 'button', class: 'plain', onClick: changeByChip(onReset) }, 'Show all'),
        withoutInput.map((name) => {
          const problem = problems.get(name);
          return (
            problem &&
            h('p', { key: name, role: 'alert', class: 'problem error' }, `${filterLabels[name]} ${problem.message}`)
          );
        }),
      ),
  );
};
