import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type FilterField, type FilterProblem, filterLabels } from './filter-text.ts';

interface Props {
  field: FilterField;
  value: string;
  example: string;
  problem: FilterProblem | undefined;
  /** What is not wrong but worth a word; a field that may have one gives an empty one otherwise. */
  hint?: string;
  onInput: (value: string) => void;
  children?: ComponentChildren;
}

/** One input of the filter. What is wrong with it stands below and covers nothing. */
export const Field = (props: Props): ComponentChildren => {
  const { field, value, example, problem, hint, onInput, children } = props;
  const input = useRef<HTMLInputElement>(null);
  const caret = useRef<HTMLPreElement>(null);
  /** A text that is longer than its input moves in it. */
  const follow = () => {
    if (caret.current && input.current) caret.current.scrollLeft = input.current.scrollLeft;
  };
  useLayoutEffect(follow);
  const inputId = `filter-${field}`;
  const problemId = `${inputId}-problem`;
  const hintId = `${inputId}-hint`;
  return h(
    'div',
    { class: `field field-${field}` },
    h('div', { class: 'field-head' }, h('label', { for: inputId }, filterLabels[field]), children),
    h('input', {
      ref: input,
      id: inputId,
      type: 'text',
      value,
      placeholder: example,
      autocomplete: 'off',
      spellcheck: false,
      inputMode: field === 'min' ? 'decimal' : undefined,
      'aria-invalid': problem ? 'true' : undefined,
      'aria-describedby': problem ? problemId : hint ? hintId : undefined,
      onInput: (event: Event) => {
        if (event.currentTarget instanceof HTMLInputElement) onInput(event.currentTarget.value);
      },
      onScroll: follow,
    }),
    problem &&
      h(
        'div',
        { id: problemId, role: 'alert', class: 'problem error' },
        problem.position !== undefined &&
          h(
            'pre',
            { ref: caret, class: 'caret', 'aria-hidden': 'true' },
            h('span', null, value.slice(0, problem.position)),
            '^',
            h('span', null, value.slice(problem.position + 1)),
          ),
        h('p', null, problem.message),
      ),
    hint !== undefined && h('p', { id: hintId, role: 'status', class: 'hint' }, hint),
  );
};
