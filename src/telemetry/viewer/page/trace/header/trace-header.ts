import { type ComponentChildren, h } from 'preact';
import { CopyButton } from '../../shared/copy-button.ts';
import { formatCount, formatDateTime, formatDuration } from '../../shared/format.ts';
import { lastListPage } from '../../shared/last-list.ts';
import { runningText } from '../../shared/running-text.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { nextError } from '../keys.ts';
import type { LiveTrace } from '../live-trace.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';
import { FindingLinks } from './finding-links.ts';
import { ServiceList } from './service-list.ts';
import { TraceLinks } from './trace-links.ts';

interface Props {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  live: Extract<LiveTrace, { state: 'here' }>;
  dispatch: (action: TraceAction) => void;
}

/** What the trace is, how it went, and what stands out in it. */
export const TraceHeader = ({ analysis, colours, state, live, dispatch }: Props): ComponentChildren => {
  const { trace, roots, start, total } = analysis;
  const { complete } = live;
  const runs = runningText(live.running);
  // While the request runs, its own span is not here yet.
  const name = complete ? (roots[0]?.span.name ?? '') : live.name;
  // As the list has it: a request that still runs took what is seen of it so far.
  const took = complete ? analysis.took : total;
  return h(
    'header',
    { class: 'trace-header' },
    h(
      'div',
      { class: 'trace-title' },
      h('a', { href: lastListPage(), class: 'back' }, '← Traces'),
      h('h1', { title: name }, name || 'Log lines without spans'),
      h(Status, { analysis, isComplete: complete }),
      h('strong', { class: 'number' }, formatDuration(took)),
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
      analysis.took > 0 &&
        total > took * 1.1 &&
        h('span', { class: 'weak number' }, `${formatDuration(total)} to the end of its last span`),
      h(ServiceList, { analysis, colours }),
      (runs || !complete) &&
        h('span', { class: 'weak', role: 'status' }, runs || 'running, or its first span is not here yet'),
      live.lost &&
        h('span', { class: 'warn', role: 'status' }, 'the server cannot be reached: there may be more of it'),
      live.gone && h('span', { class: 'warn', role: 'status' }, 'no longer held by the server: reloading loses it'),
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

interface StatusProps {
  analysis: TraceAnalysis;
  isComplete: boolean;
}

const Status = ({ analysis, isComplete }: StatusProps): ComponentChildren => {
  const root = analysis.roots[0]?.span;
  const code = root?.attributes['http.response.status_code'] ?? root?.attributes['http.status_code'];
  const failed = root?.status === 'error' || Number(code) >= 500;
  const text = [code, failed ? 'error' : code === undefined && root && isComplete && 'ok'].filter(Boolean).join(' ');
  const kind = failed ? ' status-error' : Number(code) >= 400 ? ' status-refused' : '';
  return text === '' ? null : h('span', { class: `status${kind}` }, failed && '✕ ', text);
};

const Counts = ({ analysis, state, dispatch }: Pick<Props, 'analysis' | 'state' | 'dispatch'>): ComponentChildren => {
  const { trace, queries, failed } = analysis;
  const badLines = trace.lines.filter(({ severity }) => severity === 'error' || severity === 'fatal').length;
  const errors = formatCount(failed.length + badLines, 'error');
  const toNextError = (): void => {
    dispatch(nextError({ state, analysis }) ?? { type: 'view', view: 'lines' });
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
