import { type ComponentChildren, h } from 'preact';
import { isDatabase, queryText } from '../../../model/database.ts';
import { selfTime } from '../../../model/gaps.ts';
import type { SpanNode } from '../../../model/span-tree.ts';
import { CopyButton } from '../../shared/copy-button.ts';
import { formatCount, formatDuration, formatTime } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { shareOfPart } from '../share-of-part.ts';
import { slowReason } from '../slow-reason.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';
import { AttributesTable } from './attributes-table.ts';
import { EventList } from './event-list.ts';
import { ExceptionSection } from './exception-section.ts';
import { GapList } from './gap-list.ts';
import { LinkList } from './link-list.ts';
import { Section } from './section.ts';
import { SpanLines } from './span-lines.ts';
import { SqlSection } from './sql-section.ts';

export interface SpanPanelProps {
  analysis: TraceAnalysis;
  node: SpanNode;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  dispatch: (action: TraceAction) => void;
}

/** All that is known of a span. */
export const SpanPanel = ({ analysis, node, colours, state, dispatch }: SpanPanelProps): ComponentChildren => {
  const { span } = node;
  const lines = analysis.lines.get(span.spanId) ?? [];
  const exceptions = span.events.filter(({ name }) => name === 'exception');
  const sql = isDatabase(span) ? queryText(span) : undefined;
  const dropped = [
    span.dropped.attributes > 0 && formatCount(span.dropped.attributes, 'attribute'),
    span.dropped.events > 0 && formatCount(span.dropped.events, 'event'),
    span.dropped.links > 0 && formatCount(span.dropped.links, 'link'),
  ].filter((text) => text !== false);
  return [
    h(PanelHead, { key: 'head', analysis, node, colour: colours.get(span.service) ?? '', dispatch }),
    h(
      'div',
      { key: 'body', class: 'panel-body', tabIndex: 0, role: 'group', 'aria-label': 'Details of the span' },
      h(Facts, { analysis, node }),
      exceptions.map((event, index) => h(ExceptionSection, { key: `exception${index}`, event, start: span.startNano })),
      sql && h(SqlSection, { key: 'sql', text: sql, system: String(span.attributes['db.system.name'] ?? '') }),
      lines.length > 0 && h(SpanLines, { key: 'lines', lines, since: span.start, asked: state.line }),
      h(
        Section,
        { key: 'attributes', title: 'Attributes', count: Object.keys(span.attributes).length },
        h(AttributesTable, { attributes: span.attributes, scope: 'span' }),
      ),
      span.events.length > exceptions.length &&
        h(EventList, {
          key: 'events',
          events: span.events.filter(({ name }) => name !== 'exception'),
          start: span.startNano,
        }),
      span.links.length > 0 && h(LinkList, { key: 'links', links: span.links, traceId: span.traceId }),
      dropped.length > 0 &&
        h('p', { key: 'dropped', class: 'warn' }, `The recorder had no room for ${dropped.join(', ')}.`),
      h(
        Section,
        { key: 'resource', title: 'Resource', count: Object.keys(span.resource).length, isClosed: true },
        h(AttributesTable, { attributes: span.resource, scope: 'resource' }),
      ),
    ),
  ];
};

/** Its name, and the way to its parent. */
export const PanelHead = ({
  analysis,
  node,
  colour,
  dispatch,
}: Pick<SpanPanelProps, 'analysis' | 'node' | 'dispatch'> & { colour: string }): ComponentChildren => {
  const { span, parent } = node;
  return h(
    'header',
    { class: 'panel-head' },
    h(
      'div',
      { class: 'panel-title' },
      h('span', { class: 'service-dot', style: { background: colour } }),
      h('h2', { title: span.name }, span.name || '(no name)'),
      h(
        'button',
        {
          type: 'button',
          'aria-label': 'Close the panel',
          title: 'Close (Esc)',
          onClick: () => {
            dispatch({ type: 'panel', isOpen: false });
            document.querySelector<HTMLElement>('[role=treegrid]')?.focus();
          },
        },
        '✕',
      ),
    ),
    h(
      'p',
      { class: 'weak' },
      span.service,
      parent && analysis.nodes.has(parent.span.spanId)
        ? [
            ' · in ',
            h(
              'button',
              {
                key: 'parent',
                type: 'button',
                class: 'as-link',
                title: 'Go to the parent',
                onClick: () => dispatch({ type: 'select', spanId: parent.span.spanId }),
              },
              parent.span.name,
            ),
          ]
        : null,
    ),
  );
};

/** The few numbers that everyone asks for. */
const Facts = ({ analysis, node }: Pick<SpanPanelProps, 'analysis' | 'node'>): ComponentChildren => {
  const { span, children } = node;
  const slow = analysis.findings.slow.get(span.spanId);
  const repeated = analysis.findings.repeated.find(({ spans }) => spans.includes(span.spanId));
  const onPath = (analysis.critical.get(span.spanId) ?? []).reduce((sum, { start, end }) => sum + end - start, 0);
  const share = Math.round((span.duration / analysis.total) * 100);
  const facts: [string, ComponentChildren][] = [
    ['Duration', `${formatDuration(span.duration)} (${share} % of the trace)`],
    [
      'Start',
      [
        `+${formatDuration(span.start - analysis.start)} · `,
        h('span', { key: 'at', class: 'weak' }, formatTime(span.start)),
      ],
    ],
  ];
  if (children.length > 0) facts.push(['Self time', `${formatDuration(selfTime(node))}, in which no child ran`]);
  const gaps = analysis.gapsOf(node);
  if (gaps.length > 0) facts.push([gaps.length === 1 ? 'Gap' : 'Gaps', h(GapList, { analysis, node, gaps })]);
  const part = analysis.parts.get(span.spanId);
  if (onPath > 0 && part)
    facts.push(['Critical path', `${formatDuration(onPath)}, ${shareOfPart(onPath, part, analysis)}`]);
  if (span.status !== 'unset' || span.statusMessage !== '') {
    const failed = span.status === 'error';
    const text = `${failed ? '✕ ' : ''}${[span.status, span.statusMessage].filter(Boolean).join(': ')}`;
    facts.push(['Status', h('span', { class: failed ? 'error long-value' : '' }, text)]);
  }
  if (slow) facts.push(['Slow', h('span', { class: 'warn' }, slowReason(slow, analysis))]);
  if (repeated)
    facts.push(['N+1', h('span', { class: 'warn' }, `One of ${repeated.spans.length} runs of the same query`)]);
  if (span.traceState !== '') facts.push(['Trace state', h('code', { class: 'long-value' }, span.traceState)]);
  facts.push(
    ['Kind', span.kind],
    ['Scope', [span.scope, span.scopeVersion].filter(Boolean).join(' ') || '–'],
    [
      'Span id',
      [h('code', { key: 'id' }, span.spanId), ' ', h(CopyButton, { key: 'copy', what: 'span id', text: span.spanId })],
    ],
  );
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))),
  );
};
