import { type ComponentChildren, h } from 'preact';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { visibleRows } from '../../model/span-tree.ts';
import { serviceColours } from '../shared/colours.ts';
import { KeysDialog } from '../shared/keys-dialog.ts';
import { keepInHistory, keptInHistory } from '../shared/router.ts';
import type { TraceAnalysis } from './analysis.ts';
import { findInUrl } from './find-in-url.ts';
import { TraceHeader } from './header/trace-header.ts';
import { KEYS, pageKey } from './keys.ts';
import { Legend } from './legend.ts';
import { LinesView } from './lines/lines-view.ts';
import type { LiveTrace } from './live-trace.ts';
import { PanelArea } from './panel/panel-area.ts';
import { useSpanInUrl } from './span-in-url.ts';
import { searchSpans } from './span-search.ts';
import { SpanToolbar } from './span-toolbar.ts';
import { firstState, nextState, type TraceAction, type TraceState } from './trace-state.ts';
import { Waterfall } from './waterfall/waterfall.ts';

interface Props {
  analysis: TraceAnalysis;
  live: Extract<LiveTrace, { state: 'here' }>;
}

/** From here on the panel is open at first: there is room for it and the waterfall. */
const WIDE_PIXELS = 1600;

/** A trace that is here. What the reader chose stays when a newer version of the trace comes. */
export const TracePage = ({ analysis, live }: Props): ComponentChildren => {
  const latest = useRef(analysis);
  latest.current = analysis;
  const reduce = useCallback((state: TraceState, action: TraceAction) => nextState(latest.current, state, action), []);
  const [state, dispatch] = useReducer(reduce, undefined, () => {
    const found = searchSpans(analysis, findInUrl());
    const kept = keptInHistory('panel');
    // A link to a span is a choice of it.
    const isOpen = typeof kept === 'boolean' ? kept : innerWidth >= WIDE_PIXELS || location.hash !== '';
    return { ...firstState(found?.spans[0] ?? analysis.shown[0]?.span.spanId, isOpen), found };
  });
  useEffect(() => keepInHistory('panel', state.isPanelOpen), [state.isPanelOpen]);
  useSpanInUrl(state.selected, analysis, dispatch);
  const [showsKeys, setShowsKeys] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const rows = useMemo(() => visibleRows(analysis.shown, state.collapsed), [analysis, state.collapsed]);
  const colours = useMemo(() => serviceColours(analysis.services.keys()), [analysis]);
  useKeys((key) => {
    if (key === '?') setShowsKeys(true);
    else if (key === '/' && state.view === 'spans') search.current?.focus();
    else {
      const action = pageKey(key, { state, analysis, rows });
      if (!action) return false;
      dispatch(action);
    }
    return true;
  });

  const selected = analysis.nodes.get(state.selected ?? '');
  return [
    h(TraceHeader, { key: 'header', analysis, colours, state, live, dispatch }),
    h(SpanToolbar, {
      key: 'toolbar',
      analysis,
      state,
      search,
      dispatch,
      onKeys: () => setShowsKeys(true),
    }),
    state.view === 'spans'
      ? h(
          'div',
          { key: 'spans', class: 'trace-body', role: 'tabpanel', 'aria-label': 'Spans of the trace' },
          h(Waterfall, { analysis, colours, state, rows, dispatch }),
          state.isPanelOpen && selected && h(PanelArea, { analysis, node: selected, colours, state, dispatch }),
        )
      : h(LinesView, { key: 'lines', analysis, colours, dispatch }),
    showsKeys &&
      h(
        KeysDialog,
        { key: 'keys', title: 'Keys and legend', keys: KEYS, onClose: () => setShowsKeys(false) },
        h(Legend, null),
      ),
  ];
};

/** @param onKey says whether it took the key */
const useKeys = (onKey: (key: string) => boolean): void => {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const isTyping = event.target instanceof Element && event.target.closest('input, select, textarea, dialog');
      if (!isTyping && latest.current(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  useEffect(() => {
    // The arrow keys work at once, unless the reader is somewhere else already.
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>('[role=treegrid]')?.focus({ preventScroll: true });
  }, []);
};
