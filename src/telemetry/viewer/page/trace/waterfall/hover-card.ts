import { type ComponentChildren, h } from 'preact';
import { selfTime } from '../../../model/gaps.ts';
import type { SpanNode } from '../../../model/span-tree.ts';
import { formatDuration } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { aroundGap } from '../gap-text.ts';
import { momentsOf } from '../moments.ts';
import { slowReason } from '../slow-reason.ts';

/** What the pointer is over, and where it is in the browser's window. */
export interface Hovered {
  spanId: string;
  /** `index` of a moment of the span. */
  moment: number | undefined;
  /** Other moments at the same place. */
  others: number;
  x: number;
  y: number;
}

const WIDTH = 340;

interface Props {
  analysis: TraceAnalysis;
  hovered: Hovered;
  /** Where the pointer is, in milliseconds after the trace's start. */
  pointer: number;
}

/** What a glance at a bar should tell. For the eye only: the panel says all of it. */
export const HoverCard = ({ analysis, hovered, pointer }: Props): ComponentChildren => {
  const node = analysis.nodes.get(hovered.spanId);
  if (!node) return null;
  const isLow = hovered.y > innerHeight - 180;
  const left = Math.max(4, Math.min(hovered.x + 14, innerWidth - WIDTH - 8));
  const style = {
    left: `${left}px`,
    maxWidth: `${Math.min(WIDTH, innerWidth - 8)}px`,
    ...(isLow ? { bottom: `${innerHeight - hovered.y + 12}px` } : { top: `${hovered.y + 16}px` }),
  };
  const moment =
    hovered.moment === undefined ? undefined : momentsOf(analysis, node).find(({ index }) => index === hovered.moment);
  return h(
    'div',
    { class: 'hover-card', style, 'aria-hidden': 'true' },
    moment
      ? [
          h('strong', { key: 'text' }, moment.text),
          h(
            'span',
            { key: 'at', class: 'weak' },
            `${moment.severity === 'event' ? 'event' : `${moment.severity} line`} at ${formatDuration(moment.at)}`,
            hovered.others > 0 && `, and ${hovered.others} more here`,
          ),
        ]
      : h(SpanFacts, { analysis, node, pointer }),
  );
};

const SpanFacts = ({ analysis, node, pointer }: Omit<Props, 'hovered'> & { node: SpanNode }): ComponentChildren => {
  const { span } = node;
  const gap = analysis.gapsOf(node).find(({ start, end }) => pointer >= start && pointer <= end);
  const onPath = (analysis.critical.get(span.spanId) ?? []).reduce((sum, { start, end }) => sum + end - start, 0);
  const slow = analysis.findings.slow.get(span.spanId);
  const placeholder = analysis.placeholders.get(span.spanId);
  if (placeholder?.isRunning === false) return h('strong', null, span.name);
  const facts: [string, string][] = [
    ['service', span.service],
    ['starts at', formatDuration(span.start - analysis.start)],
    ['took', `${formatDuration(span.duration)}${placeholder ? ' so far' : ''}`],
  ];
  if (node.children.length > 0 && !placeholder) facts.push(['itself', formatDuration(selfTime(node))]);
  if (onPath > 0) facts.push(['critical path', formatDuration(onPath)]);
  if (span.status === 'error')
    facts.push(['error', span.statusMessage || String(span.attributes['error.type'] ?? 'yes')]);
  if (slow) facts.push(['slow', slowReason(slow, analysis)]);
  return [
    h('strong', { key: 'name' }, span.name),
    gap &&
      h(
        'p',
        { key: 'gap' },
        h('strong', null, formatDuration(gap.end - gap.start)),
        ` in which nothing was recorded, ${aroundGap(analysis, node, gap)}`,
      ),
    h(
      'dl',
      { key: 'facts' },
      facts.map(([name, value]) => [h('dt', { key: name }, name), h('dd', { key: `${name}=` }, value)]),
    ),
  ];
};
