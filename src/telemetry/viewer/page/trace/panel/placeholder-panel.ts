import { type ComponentChildren, h } from 'preact';
import { CopyButton } from '../../shared/copy-button.ts';
import { formatCount, formatDuration, formatTime } from '../../shared/format.ts';
import type { Placeholder } from '../placeholders.ts';
import { SpanLines } from './span-lines.ts';
import { PanelHead, type SpanPanelProps } from './span-panel.ts';

interface Props extends SpanPanelProps {
  placeholder: Placeholder;
}

/** What is known of a span that is not here. */
export const PlaceholderPanel = ({
  analysis,
  node,
  placeholder,
  colours,
  state,
  dispatch,
}: Props): ComponentChildren => {
  const { span, isRunning } = placeholder;
  const lines = analysis.lines.get(span.spanId) ?? [];
  const children = formatCount(node.children.length, 'span');
  const start = [
    `+${formatDuration(span.start - analysis.start)} · `,
    h('span', { key: 'at', class: 'weak' }, formatTime(span.start)),
  ];
  const facts: [string, ComponentChildren][] = isRunning
    ? [
        ['Start', start],
        ['So far', `${formatDuration(span.duration)}, to the end of the last span that is here`],
        ['Kind', span.kind],
      ]
    : [];
  facts.push([
    'Span id',
    [h('code', { key: 'id' }, span.spanId), ' ', h(CopyButton, { key: 'copy', what: 'span id', text: span.spanId })],
  ]);
  return [
    h(PanelHead, { key: 'head', analysis, node, colour: colours.get(span.service) ?? '', dispatch }),
    h(
      'div',
      { key: 'body', class: 'panel-body', tabIndex: 0, role: 'group', 'aria-label': 'Details of the span' },
      h(
        'p',
        null,
        isRunning
          ? 'It still runs: a span says what it has to say when it ends.'
          : `Known only by its id, from ${children} in it. It still runs, its process does not send here, or there was no room for it.`,
      ),
      h(
        'dl',
        { class: 'facts' },
        facts.map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))),
      ),
      lines.length > 0 && h(SpanLines, { lines, since: span.start, asked: state.line }),
    ),
  ];
};
