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

/** What TraceQL can say here; a click on an example fills it in. */
export const TraceqlHelp = ({ onPick }: { onPick: (query: string) => void }): ComponentChildren =>
  h(
    'details',
    { class: 'traceql-help' },
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
            h('button', { type: 'button', class: 'mono', onClick: () => onPick(query) }, query),
            h('span', { class: 'weak' }, meaning),
          ),
        ),
      ),
    ),
  );
