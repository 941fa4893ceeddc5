import { type ComponentChildren, h } from 'preact';
import { formatDuration } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { slowReason } from '../slow-reason.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';

interface Finding {
  /** A failure stands before what is slow. */
  isFailure: boolean;
  what: string;
  spans: readonly string[];
}

/** One line and no more of a statement. */
const LONGEST = 60;

const brief = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

/** Other failures tend to be the same again. */
const MOST_FAILURES = 3;

/** Where failures began: spans that failed though nothing below them did, and why. */
const failuresOf = ({ failed, nodes }: TraceAnalysis): Finding[] => {
  const isOrigin = (spanId: string): boolean =>
    nodes.get(spanId)?.children.every(({ span }) => span.status !== 'error') ?? false;
  return failed
    .filter(isOrigin)
    .slice(0, MOST_FAILURES)
    .map((spanId): Finding => {
      const span = nodes.get(spanId)?.span;
      const exception = span?.events.findLast(({ name }) => name === 'exception')?.attributes;
      // Some errors are their own message.
      const why = [...new Set([exception?.['exception.type'], exception?.['exception.message']])]
        .filter(Boolean)
        .join(': ');
      const text = why || span?.statusMessage || String(span?.attributes['error.type'] ?? 'failed');
      return { isFailure: true, what: `${brief(span?.name ?? '')}: ${brief(text)}`, spans: [spanId] };
    });
};

/** Why a request was refused, which is no failure of ours. */
const refusalOf = ({ roots }: TraceAnalysis): Finding[] => {
  const root = roots[0]?.span;
  const { 'request.error.code': code, 'request.error.field': field } = root?.attributes ?? {};
  if (root === undefined || code === undefined || root.status === 'error') return [];
  return [{ isFailure: false, what: `refused: ${code}${field ? ` of ${field}` : ''}`, spans: [root.spanId] }];
};

/** What stands out in a trace, in words. */
export const findingsOf = (analysis: TraceAnalysis): Finding[] => {
  const { findings, nodes } = analysis;
  const repeated = findings.repeated.map(({ text, spans, parent }): Finding => {
    const name = brief(nodes.get(spans[0] ?? '')?.span.name || text);
    const under = brief(nodes.get(parent ?? '')?.span.name ?? '');
    const took = spans.reduce((sum, id) => sum + (nodes.get(id)?.span.duration ?? 0), 0);
    return {
      isFailure: false,
      what: `${name} ran ${spans.length} times${under ? ` under ${under}` : ''}, ${formatDuration(took)} in all: N+1?`,
      spans,
    };
  });
  const slowSpans = [...findings.slow].map(([spanId, slow]): Finding => {
    return {
      isFailure: false,
      what: `${brief(nodes.get(spanId)?.span.name ?? spanId)}: ${slowReason(slow, analysis)}`,
      spans: [spanId],
    };
  });
  return [...failuresOf(analysis), ...refusalOf(analysis), ...repeated, ...slowSpans];
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
    found.slice(0, MOST).map(({ isFailure, what, spans }, index) =>
      h(
        'li',
        { key: index },
        h('span', { class: isFailure ? 'error' : 'warn', 'aria-hidden': 'true' }, isFailure ? '✕ ' : '▲ '),
        h(
          'a',
          {
            href: `#${spans[0] ?? ''}`,
            class: state.found?.what === what ? 'chosen-finding' : '',
            onClick: (event: MouseEvent) => {
              event.preventDefault();
              dispatch({ type: 'find', found: { what, spans } });
              if (spans[0]) dispatch({ type: 'select', spanId: spans[0], open: true });
            },
          },
          what,
        ),
      ),
    ),
    found.length > MOST && h('li', { class: 'weak' }, `and ${found.length - MOST} more, marked in the tree`),
  );
};
