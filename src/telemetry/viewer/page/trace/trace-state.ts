import type { TraceAnalysis } from './analysis.ts';
import type { FoundSpans } from './span-search.ts';
import { isWhole, type TimeWindow } from './time-window.ts';

/** What the reader has chosen to see of a trace. It outlives new versions of the trace. */
export interface TraceState {
  view: 'spans' | 'lines';
  /** Id of the span that keys act on and the panel shows. */
  selected: string | undefined;
  isPanelOpen: boolean;
  collapsed: ReadonlySet<string>;
  /** Undefined is the whole trace, also when that gets longer. */
  window: TimeWindow | undefined;
  found: FoundSpans | undefined;
  /** Log line of the selected span that was asked for, by its place among the span's lines. */
  line: number | undefined;
}

export type TraceAction =
  | { type: 'select'; spanId: string; open?: boolean; line?: number }
  | { type: 'toggle'; spanId: string }
  | { type: 'collapse'; spanIds: Iterable<string> }
  | { type: 'window'; window: TimeWindow | undefined }
  | { type: 'panel'; isOpen: boolean }
  | { type: 'view'; view: TraceState['view'] }
  | { type: 'find'; found: FoundSpans | undefined };

/** Without those above a span, which would hide it. */
const revealed = (collapsed: ReadonlySet<string>, spanId: string, { nodes }: TraceAnalysis): ReadonlySet<string> => {
  const above = new Set<string>();
  for (let node = nodes.get(spanId)?.parent; node; node = node.parent) above.add(node.span.spanId);
  return [...above].some((id) => collapsed.has(id))
    ? new Set([...collapsed].filter((id) => !above.has(id)))
    : collapsed;
};

export const firstState = (selected: string | undefined, isPanelOpen: boolean): TraceState => ({
  view: 'spans',
  selected,
  isPanelOpen,
  collapsed: new Set(),
  window: undefined,
  found: undefined,
  line: undefined,
});

export const nextState = (analysis: TraceAnalysis, state: TraceState, action: TraceAction): TraceState => {
  switch (action.type) {
    case 'select':
      return {
        ...state,
        view: 'spans',
        selected: action.spanId,
        isPanelOpen: action.open ?? state.isPanelOpen,
        collapsed: revealed(state.collapsed, action.spanId, analysis),
        line: action.line,
      };
    case 'toggle': {
      if (!analysis.nodes.get(action.spanId)?.children.length) return state;
      const collapsed = new Set(state.collapsed);
      if (!collapsed.delete(action.spanId)) collapsed.add(action.spanId);
      return { ...state, collapsed };
    }
    case 'collapse': {
      const collapsed = new Set(action.spanIds);
      // What was selected may be hidden now: its nearest ancestor that is not stands for it.
      let selected = analysis.nodes.get(state.selected ?? '');
      for (let node = selected?.parent; node; node = node.parent) if (collapsed.has(node.span.spanId)) selected = node;
      return { ...state, collapsed, selected: selected?.span.spanId ?? state.selected };
    }
    case 'window':
      return {
        ...state,
        window: action.window && isWhole(action.window, analysis.total) ? undefined : action.window,
      };
    case 'panel':
      return { ...state, isPanelOpen: action.isOpen };
    case 'view':
      return { ...state, view: action.view };
    case 'find':
      return { ...state, found: action.found };
  }
};
