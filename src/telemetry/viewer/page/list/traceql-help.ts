import { type ComponentChildren, h } from 'preact';

export const traceqlExamples: readonly (readonly [query: string, meaning: string])[] = [
  ['{ duration > 100ms }', 'a span that took longer than 100 ms'],
  ['{ traceDuration > 1s }', 'the whole trace took longer than a second'],
  ['{ status = error }', 'a span that failed'],
  ['{ span.http.response.status_code >= 500 }', 'by an attribute of a span'],
  ['{ span.feed.type = "unified" && duration > 50ms }', 'both in the same span'],
  ['{ name =~ "SELECT.*" } && { status = error }', 'each in some span of the trace'],
  ['{ resource.service.name = "api" }', 'by an attribute of the process'],
];

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
        h('code', null, 'status'),
        ', ',
        h('code', null, 'kind'),
        ' or an attribute with ',
        h('code', null, '= != > >= < <= =~ !~'),
        ' and join with ',
        h('code', null, '&& ||'),
        '.',
      ),
      h(
        'ul',
        null,
        traceqlExamples.map(([query, meaning]) =>
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
