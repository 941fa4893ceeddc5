import { type ComponentChildren, h } from 'preact';
import { formatDuration } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';

interface Finding {
  what: string;
  spans: readonly string[];
}

/** One line and no more of a statement. */
const LONGEST = 60;

const brief = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

/** What stands out in a trace, in words. */
export const findingsOf = ({ findings, nodes }: TraceAnalysis): Finding[] => {
  const repeated = findings.repeated.map(({ text, spans, parent }): Finding => {
    const name = nodes.get(spans[0] ?? '')?.span.name || brief(text);
    const under = nodes.get(parent ?? '')?.span.name;
    const took = spans.reduce((sum, id) => sum + (nodes.get(id)?.span.duration ?? 0), 0);
    return {
      what: `${name} ran ${spans.length} times${under ? ` under ${under}` : ''}, ${formatDuration(took)} in all: N+1?`,
      spans,
    };
  });
  const slow = [...findings.slow].map(([spanId, why]): Finding => {
    return { what: `${nodes.get(spanId)?.span.name ?? spanId}: ${why}`, spans: [spanId] };
  });
  return [...repeated, ...slow];
};

/** A page of findings helps nobody. */
const MOST = 8;

interface Props {
  analysis: TraceAnalysis;
  state: TraceState;
  dispatch: (action: TraceAction) => void;
}

/** Links to what stands out; each selects its spans. */
export const FindingLinks = ({ analysis, state, dispatch }: Props): ComponentChildren => {
  const found = findingsOf(analysis);
  if (found.length === 0) return null;
  return h(
    'ul',
    { class: 'findings', 'aria-label': 'Findings' },
    found.slice(0, MOST).map(({ what, spans }, index) =>
      h(
        'li',
        { key: index },
        h('span', { class: 'warn', 'aria-hidden': 'true' }, '▲ '),
        h(
          'a',
          {
            href: `#${spans[0] ?? ''}`,
            class: state.found?.what === what ? 'chosen-finding' : '',
            onClick: (event: MouseEvent) => {
              event.preventDefault();
              dispatch({ type: 'find', found: { what, spans } });
              if (spans[0]) dispatch({ type: 'select', spanId: spans[0] });
            },
          },
          what,
        ),
      ),
    ),
    found.length > MOST && h('li', { class: 'weak' }, `and ${found.length - MOST} more, marked in the tree`),
  );
};
