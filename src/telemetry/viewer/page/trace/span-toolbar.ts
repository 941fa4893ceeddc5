import { type ComponentChildren, h, type RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatNumber } from '../shared/format.ts';
import type { TraceAnalysis } from './analysis.ts';
import { findInUrl } from './find-in-url.ts';
import { pageKey, stepThrough, withChildren } from './keys.ts';
import { searchSpans } from './span-search.ts';
import type { TraceAction, TraceState } from './trace-state.ts';

interface Props {
  analysis: TraceAnalysis;
  state: TraceState;
  search: RefObject<HTMLInputElement | null>;
  dispatch: (action: TraceAction) => void;
  onKeys: () => void;
}

/** Which view is shown, and what can be done with the tree of spans. */
export const SpanToolbar = (props: Props): ComponentChildren => {
  const { analysis, state, dispatch, onKeys } = props;
  const { spans, lines } = analysis.trace;
  const tab = (view: TraceState['view'], name: string, count: number): ComponentChildren =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${view}`,
        'aria-selected': state.view === view,
        tabIndex: state.view === view ? 0 : -1,
        onClick: () => dispatch({ type: 'view', view }),
      },
      `${name} `,
      h('span', { class: 'weak number' }, formatNumber(count)),
    );
  return h(
    'div',
    { class: 'trace-tools' },
    h(
      'div',
      {
        role: 'tablist',
        'aria-label': 'Views of the trace',
        class: 'tabs',
        onKeyDown: (event: KeyboardEvent) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
          const view = state.view === 'spans' ? 'lines' : 'spans';
          dispatch({ type: 'view', view });
          document.getElementById(`tab-${view}`)?.focus();
        },
      },
      tab('spans', 'Spans', spans.length),
      tab('lines', 'Logs', lines.length),
    ),
    state.view === 'spans' && [
      h(SpanSearch, { key: 'search', ...props }),
      h(TreeButtons, { key: 'tree', analysis, state, dispatch }),
    ],
    h(
      'button',
      {
        type: 'button',
        class: 'keys-button',
        'aria-label': 'Keys and legend',
        title: 'Keys and legend (?)',
        onClick: onKeys,
      },
      '?',
    ),
  );
};

const TreeButtons = ({
  analysis,
  state,
  dispatch,
}: Pick<Props, 'analysis' | 'state' | 'dispatch'>): ComponentChildren => {
  const press = (key: string): void => {
    const action = pageKey(key, { analysis, state, rows: [] });
    if (action) dispatch(action);
  };
  return h(
    'div',
    { class: 'tree-buttons' },
    h('button', { type: 'button', onClick: () => dispatch({ type: 'collapse', spanIds: [] }) }, 'Expand all'),
    h(
      'button',
      { type: 'button', onClick: () => dispatch({ type: 'collapse', spanIds: withChildren(analysis) }) },
      'Collapse all',
    ),
    h('button', { type: 'button', 'aria-label': 'Zoom in', title: 'Zoom in (+)', onClick: () => press('+') }, '+'),
    h('button', { type: 'button', 'aria-label': 'Zoom out', title: 'Zoom out (-)', onClick: () => press('-') }, '−'),
  );
};

/** Search in the spans: which ones, how many, and from one to the next. */
const SpanSearch = ({ analysis, state, search, dispatch }: Props): ComponentChildren => {
  const [text, setText] = useState(() => (state.found?.what === findInUrl() ? findInUrl() : ''));
  // A newer version of the trace may have more of them. A finding that was chosen stays until the text changes.
  useEffect(() => {
    if (state.found?.what === text) dispatch({ type: 'find', found: searchSpans(analysis, text) });
  }, [analysis]);
  const find = (next: string): void => {
    setText(next);
    dispatch({ type: 'find', found: searchSpans(analysis, next) });
  };
  const spans = state.found?.spans ?? [];
  const step = (by: 1 | -1): void => {
    const action = stepThrough(spans, { state, analysis }, by);
    if (action) dispatch(action);
  };
  const place = spans.indexOf(state.selected ?? '') + 1;
  return h(
    'div',
    { class: 'span-search', role: 'search', 'aria-label': 'Spans' },
    h('input', {
      ref: search,
      type: 'search',
      'aria-label': 'Search in spans',
      placeholder: 'Search in spans',
      value: text,
      onInput: (event: Event) => event.currentTarget instanceof HTMLInputElement && find(event.currentTarget.value),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
        else if (event.key === 'Escape') {
          find('');
          document.querySelector<HTMLElement>('[role=treegrid]')?.focus();
        } else return;
        event.preventDefault();
      },
    }),
    h(
      'span',
      { role: 'status', class: 'number found-count' },
      state.found
        ? spans.length === 0
          ? 'none'
          : `${place > 0 ? `${place} of ` : ''}${formatNumber(spans.length)}`
        : '',
    ),
    state.found && [
      h(
        'button',
        {
          key: 'back',
          type: 'button',
          'aria-label': 'Previous found span',
          disabled: spans.length === 0,
          onClick: () => step(-1),
        },
        '↑',
      ),
      h(
        'button',
        {
          key: 'on',
          type: 'button',
          'aria-label': 'Next found span',
          disabled: spans.length === 0,
          onClick: () => step(1),
        },
        '↓',
      ),
      h('button', { key: 'clear', type: 'button', 'aria-label': 'Clear the search', onClick: () => find('') }, '✕'),
    ],
  );
};
