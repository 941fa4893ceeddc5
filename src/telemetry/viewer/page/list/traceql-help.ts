import { type ComponentChildren, h } from 'preact';
import { settings } from '../shared/settings.ts';
import { traceqlExamples } from './traceql-examples.ts';

/** @returns whether it was open */
const close = (help: EventTarget | null): boolean => {
  const details = help instanceof Element ? help.closest('details') : null;
  if (!details?.open) return false;
  // The focus would be left on something that is hidden.
  details.querySelector('summary')?.focus();
  details.open = false;
  return true;
};

/** What TraceQL can say here; a click on an example fills it in. Escape closes it. */
export const TraceqlHelp = ({ onPick }: { onPick: (query: string) => void }): ComponentChildren =>
  h(
    'details',
    {
      class: 'traceql-help',
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Escape' && close(event.currentTarget)) event.preventDefault();
      },
    },
    h('summary', null, 'Help'),
    h(
      'div',
      { class: 'traceql-help-box' },
      h(
        'p',
        null,
        'Braces describe a span. Compare ',
        h('code', null, 'name'),
        ', ',
        h('code', null, 'duration'),
        ', ',
        h('code', null, 'kind'),
        ', ',
        h('code', null, 'status'),
        ' (',
        h('code', null, 'ok'),
        ', ',
        h('code', null, 'error'),
        ' or ',
        h('code', null, 'unset'),
        ') or an attribute with ',
        h('code', null, '= != > >= < <= =~ !~'),
        ' and join with ',
        h('code', null, '&& ||'),
        '.',
      ),
      h(
        'ul',
        null,
        traceqlExamples(settings.service).map(([query, meaning]) =>
          h(
            'li',
            { key: query },
            h(
              'button',
              {
                type: 'button',
                class: 'mono',
                onClick: (event: MouseEvent) => {
                  close(event.currentTarget);
                  onPick(query);
                },
              },
              query,
            ),
            h('span', { class: 'weak' }, meaning),
          ),
        ),
      ),
    ),
  );
