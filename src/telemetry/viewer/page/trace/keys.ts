import type { SpanNode } from '../../model/span-tree.ts';
import type { TraceAnalysis } from './analysis.ts';
import { around, zoomed } from './time-window.ts';
import type { TraceAction, TraceState } from './trace-state.ts';

/** What `?` shows: of the pointer too, which nothing else tells of. */
export const KEYS = [
  [['↑', '↓'], 'go to the span above or below'],
  [['→'], 'expand the span, or go to its first child'],
  [['←'], 'collapse the span, or go to its parent'],
  [['Home', 'End'], 'go to the first or last span'],
  [['Enter'], 'open the span in the panel'],
  [['Esc'], 'close the panel'],
  [['+', '-', '0'], 'zoom in, out, and to the whole trace'],
  [['f'], 'zoom to the span'],
  [['e'], 'go to the next error'],
  [['n', 'p'], 'go to the next or previous span that was found'],
  [['/'], 'search in the spans'],
  [['*'], 'expand or collapse everything'],
  [['?'], 'show this'],
  [['click'], 'open the span in the panel'],
  [['double-click'], 'on a bar: zoom to it; on a name: expand or collapse it'],
  [['drag'], 'over the axis or the overview: zoom to what is chosen'],
  [['Ctrl+wheel'], 'zoom where the pointer is'],
] as const;

interface Situation {
  state: TraceState;
  analysis: TraceAnalysis;
  /** Spans that are not hidden by a collapsed one. */
  rows: readonly SpanNode[];
}

const select = (node: SpanNode | undefined): TraceAction | undefined =>
  node && { type: 'select', spanId: node.span.spanId };

const hasChildren = (node: SpanNode): boolean => node.children.length > 0;

/** @returns what a key does in the tree of spans, which has the focus; undefined when it does nothing */
export const treeKey = (key: string, { state, rows }: Situation): TraceAction | undefined => {
  const index = rows.findIndex(({ span }) => span.spanId === state.selected);
  const node = rows[index];
  if (key === 'Home') return select(rows[0]);
  if (key === 'End') return select(rows.at(-1));
  if (!node) return key === 'ArrowDown' || key === 'ArrowUp' ? select(rows[0]) : undefined;
  const { spanId } = node.span;
  const isCollapsed = state.collapsed.has(spanId);
  switch (key) {
    case 'ArrowDown':
      return select(rows[index + 1]);
    case 'ArrowUp':
      return select(rows[index - 1]);
    case 'PageDown':
      return select(rows[Math.min(index + 20, rows.length - 1)]);
    case 'PageUp':
      return select(rows[Math.max(index - 20, 0)]);
    case 'ArrowRight':
      return isCollapsed && hasChildren(node) ? { type: 'toggle', spanId } : select(node.children[0]);
    case 'ArrowLeft':
      return !isCollapsed && hasChildren(node) ? { type: 'toggle', spanId } : select(node.parent);
    case 'Enter':
      return { type: 'select', spanId, open: true };
    case ' ':
      return hasChildren(node) ? { type: 'toggle', spanId } : undefined;
    default:
      return undefined;
  }
};

/** The span after (`step` 1) or before (-1) the selected one in a list of them, round and round. */
export const stepThrough = (
  spans: readonly string[],
  { state, analysis }: Pick<Situation, 'state' | 'analysis'>,
  step: 1 | -1,
): Extract<TraceAction, { type: 'select' }> | undefined => {
  if (spans.length === 0) return undefined;
  const order = [...analysis.nodes.keys()];
  const wanted = new Set(spans);
  const here = order.indexOf(state.selected ?? '');
  for (let away = 1; away <= order.length; away += 1) {
    const spanId = order[(here + step * away + order.length * 2) % order.length];
    if (spanId && wanted.has(spanId)) return { type: 'select', spanId };
  }
  return undefined;
};

/** The next span that failed, and in the panel why. */
export const nextError = (situation: Pick<Situation, 'state' | 'analysis'>): TraceAction | undefined => {
  const action = stepThrough(situation.analysis.failed, situation, 1);
  return action && { ...action, open: true };
};

/** Shows a span with a little of what surrounds it. */
export const zoomTo = ({ nodes, start, total }: TraceAnalysis, spanId: string | undefined): TraceAction | undefined => {
  const span = nodes.get(spanId ?? '')?.span;
  return span && { type: 'window', window: around(span.start - start, span.duration, total) };
};

/** @returns what a key does anywhere on the page but in a field; undefined when it does nothing */
export const pageKey = (key: string, situation: Situation): TraceAction | undefined => {
  const { state, analysis } = situation;
  const { total } = analysis;
  const window = state.window ?? { from: 0, to: total };
  const selected = analysis.nodes.get(state.selected ?? '')?.span;
  const start = selected && selected.start - analysis.start;
  // Zooming keeps what one looks at in sight.
  const middle =
    start !== undefined && start >= window.from && start <= window.to ? start : (window.from + window.to) / 2;
  switch (key) {
    case '+':
    case '=':
      return { type: 'window', window: zoomed(window, total, 1.5, middle) };
    case '-':
      return { type: 'window', window: zoomed(window, total, 1 / 1.5, middle) };
    case '0':
      return { type: 'window', window: undefined };
    case 'f':
      return zoomTo(analysis, state.selected);
    case 'e':
      return nextError(situation);
    case 'n':
      return stepThrough(state.found?.spans ?? [], situation, 1);
    case 'p':
      return stepThrough(state.found?.spans ?? [], situation, -1);
    case '*':
      return { type: 'collapse', spanIds: state.collapsed.size > 0 ? [] : withChildren(analysis) };
    case 'Escape':
      return state.isPanelOpen ? { type: 'panel', isOpen: false } : undefined;
    default:
      return undefined;
  }
};

/** Ids of the spans that can be collapsed. */
export const withChildren = ({ nodes }: TraceAnalysis): string[] =>
  [...nodes.values()].filter(hasChildren).map(({ span }) => span.spanId);
