import { type ComponentChildren, h } from 'preact';
import { formatCount, formatDateTime, formatDuration } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { CopyButton } from '../copy-button.ts';
import { stepThrough } from '../keys.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';
import { FindingLinks } from './finding-links.ts';
import { TraceLinks } from './trace-links.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  isComplete: boolean;
  isGone: boolean;
  dispatch: (action: TraceAction) => void;
}

/** What the trace is, how it went, and what stands out in it. */
export const TraceHeader = ({ analysis, colours, state, isComplete, isGone, dispatch }: Props): ComponentChildren => {
  const { trace, roots, start, services } = analysis;
  const root = roots[0]?.span;
  return h(
    'header',
    { class: 'trace-header' },
    h(
      'div',
      { class: 'trace-title' },
      h('a', { href: '/traces', class: 'back' }, '← Traces'),
      h('h1', { title: root?.name ?? '' }, root?.name || 'Log lines without spans'),
      h(Status, { analysis }),
      h('strong', { class: 'number' }, formatDuration(analysis.took)),
      analysis.total > analysis.took * 1.1 &&
        h('span', { class: 'weak number' }, `${formatDuration(analysis.total)} with all it started`),
      h('time', { class: 'weak number', dateTime: new Date(start).toISOString() }, formatDateTime(start)),
      h(
        'span',
        { class: 'trace-id' },
        h('code', { title: trace.traceId }, trace.traceId),
        h(CopyButton, { what: 'trace id', text: trace.traceId }),
      ),
      h(TraceLinks, { analysis }),
    ),
    h(
      'div',
      { class: 'trace-facts' },
      h(Counts, { analysis, state, dispatch }),
      h(
        'ul',
        { class: 'services', 'aria-label': 'Services' },
        [...services.values()].map(({ name, spans }) =>
          h(
            'li',
            { key: name },
            h('span', { class: 'service-dot', style: { background: colours.get(name) ?? '' } }),
            `${name} `,
            h('span', { class: 'weak number', title: formatCount(spans, 'span') }, spans),
          ),
        ),
      ),
      !isComplete && h('span', { class: 'weak', role: 'status' }, 'running, or its first span is not here yet'),
      isGone && h('span', { class: 'warn', role: 'status' }, 'no longer held by the server: reloading loses it'),
      (trace.dropped.spans > 0 || trace.dropped.lines > 0) &&
        h(
          'span',
          { class: 'warn' },
          `not all of it: no room for ${formatCount(trace.dropped.spans, 'span')} and ${formatCount(trace.dropped.lines, 'log line')}`,
        ),
    ),
    h(FindingLinks, { analysis, state, dispatch }),
  );
};

const Status = ({ analysis }: { analysis: TraceAnalysis }): ComponentChildren => {
  const root = analysis.roots[0]?.span;
  const code = root?.attributes['http.response.status_code'] ?? root?.attributes['http.status_code'];
  const failed = root?.status === 'error' || Number(code) >= 500;
  const text = [code, failed ? 'error' : code === undefined && root && 'ok'].filter(Boolean).join(' ');
  return text === '' ? null : h('span', { class: failed ? 'status status-error' : 'status' }, failed && '✕ ', text);
};

const Counts = ({ analysis, state, dispatch }: Pick<Props, 'analysis' | 'state' | 'dispatch'>): ComponentChildren => {
  const { trace, queries, failed } = analysis;
  const badLines = trace.lines.filter(({ severity }) => severity === 'error' || severity === 'fatal').length;
  const errors = formatCount(failed.length + badLines, 'error');
  const toNextError = (): void => {
    const action = stepThrough(failed, { state, analysis }, 1);
    dispatch(action ?? { type: 'view', view: 'lines' });
  };
  return h(
    'span',
    { class: 'counts number' },
    h('span', null, formatCount(trace.spans.length, 'span')),
    h('span', null, formatCount(queries, 'query', 'queries')),
    failed.length + badLines > 0
      ? h(
          'button',
          { type: 'button', class: 'as-link error', title: 'Go to the next error (e)', onClick: toNextError },
          errors,
        )
      : h('span', null, errors),
    trace.lines.length > 0
      ? h(
          'button',
          { type: 'button', class: 'as-link', onClick: () => dispatch({ type: 'view', view: 'lines' }) },
          formatCount(trace.lines.length, 'log line'),
        )
      : h('span', null, '0 log lines'),
  );
};
