import { Component, type ComponentChildren, h } from 'preact';
import type { SpanNode } from '../../../model/span-tree.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { slowReason } from '../slow-reason.ts';
import type { TimeWindow } from '../time-window.ts';
import { SpanBar } from './span-bar.ts';

export interface SpanRowProps {
  analysis: TraceAnalysis;
  node: SpanNode;
  /** Place among the rows, from 0. */
  index: number;
  colour: string;
  isSelected: boolean;
  isFound: boolean;
  isCollapsed: boolean;
  window: TimeWindow;
  /** Of the bars' column, in pixels. */
  width: number;
  /** Pixels that a level of the tree is set in by. */
  indent: number;
  /** Labels of findings that this span is part of. */
  isRepeated: boolean;
}

export const rowId = (spanId: string): string => `span-${spanId}`;

/** Pixels; the style sheet is told. */
export const ROW_HEIGHT = 26;

/** Deeper ones stand no further right: their names would have no room. */
const DEEPEST = 40;

/** A row of the waterfall. It holds no handlers: the tree above it listens for all of them. */
export class SpanRow extends Component<SpanRowProps> {
  override shouldComponentUpdate(next: Readonly<SpanRowProps>): boolean {
    const now = this.props;
    return (
      now.analysis !== next.analysis ||
      now.node !== next.node ||
      now.index !== next.index ||
      now.colour !== next.colour ||
      now.isSelected !== next.isSelected ||
      now.isFound !== next.isFound ||
      now.isCollapsed !== next.isCollapsed ||
      now.window !== next.window ||
      now.width !== next.width ||
      now.indent !== next.indent ||
      now.isRepeated !== next.isRepeated
    );
  }

  override render({
    analysis,
    node,
    index,
    isSelected,
    isFound,
    isCollapsed,
    ...bar
  }: SpanRowProps): ComponentChildren {
    const { span, children, depth, parent } = node;
    const hasChildren = children.length > 0;
    const isPlaceholder = analysis.placeholders.has(span.spanId);
    return h(
      'div',
      {
        id: rowId(span.spanId),
        role: 'row',
        class: `span-row${isSelected ? ' selected' : ''}${isFound ? ' found' : ''}${isPlaceholder ? ' placeholder' : ''}`,
        style: { transform: `translateY(${index * ROW_HEIGHT}px)` },
        'data-span': span.spanId,
        'aria-level': depth + 1,
        'aria-setsize': (parent?.children ?? analysis.shown).length,
        'aria-posinset': analysis.positions.get(span.spanId) ?? 1,
        'aria-rowindex': index + 2,
        'aria-selected': isSelected,
        ...(hasChildren && { 'aria-expanded': !isCollapsed }),
      },
      h(
        'div',
        { role: 'gridcell', class: 'span-name' },
        h('span', { class: 'guides', style: { width: `${Math.min(depth, DEEPEST) * bar.indent}px` } }),
        h(
          'span',
          { class: 'toggle', 'aria-hidden': 'true', ...(hasChildren && { 'data-toggle': '' }) },
          hasChildren ? (isCollapsed ? '▸' : '▾') : '',
        ),
        h('span', { class: 'service-mark', style: { background: bar.colour } }),
        h('span', { class: 'name-text', title: span.name }, span.name || '(no name)'),
        span.service !== parent?.span.service && h('span', { class: 'service-name' }, span.service),
        isCollapsed && h('span', { class: 'weak hidden-count' }, `+${node.size}`),
        h(Badges, { analysis, node, isRepeated: bar.isRepeated }),
      ),
      h(SpanBar, { analysis, node, ...bar }),
    );
  }
}

interface BadgesProps {
  analysis: TraceAnalysis;
  node: SpanNode;
  isRepeated: boolean;
}

const Badges = ({ analysis, node, isRepeated }: BadgesProps): ComponentChildren => {
  const { span, orphan } = node;
  const slow = analysis.findings.slow.get(span.spanId);
  const placeholder = analysis.placeholders.get(span.spanId);
  return [
    span.status === 'error' && h('span', { key: 'error', class: 'badge badge-error' }, '✕ error'),
    isRepeated &&
      h('span', { key: 'n1', class: 'badge badge-warn', title: 'The same query ran again and again' }, 'N+1'),
    slow && h('span', { key: 'slow', class: 'badge badge-warn', title: slowReason(slow, analysis) }, 'slow'),
    placeholder?.isRunning &&
      h('span', { key: 'running', class: 'badge', title: 'It comes when it ends' }, 'still running'),
    orphan &&
      !placeholder &&
      h('span', { key: 'orphan', class: 'badge', title: 'Its parent is not in this trace' }, 'no parent'),
  ];
};
