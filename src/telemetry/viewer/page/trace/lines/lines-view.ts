import { type ComponentChildren, h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LogLine, Severity } from '../../../model/trace.ts';
import { formatCount } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { findInUrl } from '../find-in-url.ts';
import type { TraceAction } from '../trace-state.ts';
import { filterLines, SEVERITIES } from './line-filter.ts';
import { LineItem } from './line-item.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  dispatch: (action: TraceAction) => void;
}

/** So many are drawn at once; a button brings more. */
const CHUNK = 300;

/** All log lines of a trace in the order of their times, each with the way to its span. */
export const LinesView = ({ analysis, colours, dispatch }: Props): ComponentChildren => {
  const [least, setLeast] = useState<Severity>('trace');
  const { lines } = analysis.trace;
  // Where the text stands in spans only, no line is hidden for it.
  const [text, setText] = useState(() => (filterLines(lines, 'trace', findInUrl()).length > 0 ? findInUrl() : ''));
  const [most, setMost] = useState(CHUNK);
  const shown = useMemo(() => filterLines(lines, least, text), [lines, least, text]);
  return h(
    'div',
    { class: 'lines-view', role: 'tabpanel', 'aria-label': 'Log lines of the trace' },
    h(
      'div',
      { class: 'lines-filter', role: 'search', 'aria-label': 'Log lines' },
      h(
        'label',
        null,
        'Severity ',
        h(
          'select',
          {
            value: least,
            onChange: (event: Event) => {
              const value = event.currentTarget instanceof HTMLSelectElement ? event.currentTarget.value : '';
              setLeast(SEVERITIES.find((severity) => severity === value) ?? 'trace');
            },
          },
          SEVERITIES.map((severity) =>
            h(
              'option',
              { key: severity, value: severity },
              severity === 'trace' ? 'all' : severity === 'fatal' ? 'fatal' : `${severity} and above`,
            ),
          ),
        ),
      ),
      h(
        'label',
        null,
        'Text ',
        h('input', {
          type: 'search',
          value: text,
          onInput: (event: Event) =>
            event.currentTarget instanceof HTMLInputElement && setText(event.currentTarget.value),
        }),
      ),
      h(
        'span',
        { role: 'status', class: 'weak number' },
        shown.length === lines.length
          ? formatCount(lines.length, 'line')
          : `${shown.length} of ${formatCount(lines.length, 'line')}`,
      ),
    ),
    h(
      'div',
      { class: 'lines-scroller', tabIndex: 0, role: 'group', 'aria-label': 'Log lines in the order of time' },
      lines.length === 0 && h('p', { class: 'weak' }, 'Nothing was logged in this trace.'),
      lines.length > 0 && shown.length === 0 && h('p', { class: 'weak' }, 'No line matches.'),
      h(
        'ol',
        { class: 'lines' },
        shown
          .slice(0, most)
          .map(({ line, key }) =>
            h(LineItem, { key, line, since: analysis.start }, h(SpanButton, { analysis, colours, line, dispatch })),
          ),
      ),
      shown.length > most &&
        h('button', { type: 'button', onClick: () => setMost(most + CHUNK) }, `Show more: ${shown.length - most} left`),
    ),
  );
};

const SpanButton = ({ analysis, colours, line, dispatch }: Props & { line: LogLine }): ComponentChildren => {
  const span = analysis.nodes.get(line.spanId ?? '')?.span;
  if (!span) return h('span', { class: 'line-span weak' }, line.service);
  const index = analysis.lines.get(span.spanId)?.indexOf(line);
  return h(
    'button',
    {
      type: 'button',
      class: 'line-span',
      title: `Go to the span ${span.name}`,
      onClick: () =>
        dispatch({ type: 'select', spanId: span.spanId, open: true, ...(index !== undefined && { line: index }) }),
    },
    h('span', { class: 'service-dot', style: { background: colours.get(span.service) ?? '' } }),
    h('span', { class: 'line-span-name' }, span.name),
  );
};
