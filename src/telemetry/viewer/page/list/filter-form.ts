import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatBound } from '../shared/format.ts';
import {
  type DurationRange,
  durationRange,
  type FilterField,
  type FilterProblem,
  type FilterText,
} from './filter-text.ts';
import { useListKey } from './list-keys.ts';
import { TraceqlHelp } from './traceql-help.ts';

interface Props {
  text: FilterText;
  problems: ReadonlyMap<FilterField, FilterProblem>;
  onChange: (change: FilterText) => void;
  onReset: () => void;
}

interface FieldProps {
  field: FilterField;
  label: string;
  example: string;
  form: Props;
  children?: ComponentChildren;
}

const Field = ({ field, label, example, form, children }: FieldProps): ComponentChildren => {
  const problem = form.problems.get(field);
  const value = form.text[field] ?? '';
  const inputId = `filter-${field}`;
  const problemId = `${inputId}-problem`;
  return h(
    'div',
    { class: `field field-${field}` },
    h('div', { class: 'field-head' }, h('label', { for: inputId }, label), children),
    h('input', {
      id: inputId,
      type: 'text',
      value,
      placeholder: example,
      autocomplete: 'off',
      spellcheck: false,
      inputMode: field === 'min' ? 'decimal' : undefined,
      'aria-invalid': problem ? 'true' : undefined,
      'aria-describedby': problem ? problemId : undefined,
      onInput: (event: Event) => {
        if (event.currentTarget instanceof HTMLInputElement) form.onChange({ [field]: event.currentTarget.value });
      },
    }),
    problem &&
      h(
        'div',
        { id: problemId, role: 'alert', class: 'problem error' },
        problem.position !== undefined &&
          h('pre', { 'aria-hidden': 'true' }, `${value}\n${' '.repeat(problem.position)}^`),
        h('p', null, problem.message),
      ),
  );
};

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

/** The search: what the list is narrowed by. On a narrow screen it waits behind a button. */
export const FilterForm = (props: Props): ComponentChildren => {
  const { text, onChange, onReset } = props;
  const [open, setOpen] = useState(false);
  const fields = useRef<HTMLDivElement>(null);
  const form = useRef<HTMLElement>(null);
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
  /** The button that was pressed goes away: the focus stays near it. */
  const changeByChip = (change: () => void) => (): void => {
    form.current?.focus();
    change();
  };
  const count = Object.values(text).filter(Boolean).length;
  const range = durationRange(text);
  return h(
    'search',
    { ref: form, class: open ? 'filter open' : 'filter', 'aria-label': 'Filter', tabIndex: -1 },
    h(
      'button',
      { type: 'button', class: 'filter-toggle', 'aria-expanded': open, onClick: () => setOpen(!open) },
      count > 0 ? `Filter (${count})` : 'Filter',
    ),
    h(
      'div',
      { ref: fields, class: 'fields' },
      h(Field, { field: 'route', label: 'Route', example: '/feed', form: props }),
      h(Field, { field: 'status', label: 'Status', example: '5xx, error', form: props }),
      h(Field, { field: 'min', label: 'Minimum duration (ms)', example: '100', form: props }),
      h(Field, { field: 'user', label: 'User id', example: '', form: props }),
      h(Field, { field: 'text', label: 'Text', example: 'in names, attributes, log lines', form: props }),
      h(
        Field,
        { field: 'q', label: 'TraceQL', example: '{ duration > 100ms && status = error }', form: props },
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
      ),
  );
};
