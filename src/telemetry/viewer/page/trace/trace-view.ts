import { type ComponentChildren, h } from 'preact';
import { lastListPage } from '../shared/last-list.ts';
import { useTitle } from '../shared/title.ts';
import { useAnalysedTrace } from './analysed-trace.ts';
import { TracePage } from './trace-page.ts';

/** The page of one trace: its waterfall, the details of a span beside it, and all its log lines as a second view. */
export const TraceView = ({ traceId }: { traceId: string }): ComponentChildren => {
  const { live, analysis } = useAnalysedTrace(traceId);
  const name = live.state === 'here' ? live.name : undefined;
  useTitle(name ? `${name} · ${traceId.slice(0, 8)}` : `Trace ${traceId.slice(0, 8)}`);

  return h(
    'main',
    { 'aria-label': 'Trace', class: 'trace-page', 'aria-busy': live.state === 'loading' },
    live.state === 'here' && analysis
      ? h(TracePage, { analysis, live })
      : h(
          'div',
          { class: 'trace-missing' },
          h('p', null, h('a', { href: lastListPage() }, '← Traces')),
          live.state === 'absent' && h(Absent, { traceId }),
          live.state === 'failed' && h('p', { role: 'alert', class: 'error' }, live.problem),
          live.state === 'loading' && h('p', { class: 'weak', role: 'status' }, 'Loading…'),
        ),
  );
};

const Absent = ({ traceId }: { traceId: string }): ComponentChildren => [
  h('h1', { key: 'title' }, 'This trace is not here'),
  h('p', { key: 'id', class: 'mono' }, traceId),
  h(
    'ul',
    { key: 'why' },
    h('li', null, 'It may still run: it is shown here as soon as its first spans have ended.'),
    h('li', null, 'It may not have been kept: sampling keeps errors and slow requests, and a share of the others.'),
    h('li', null, 'It may be too old: only the last traces are held, and none from before the process started.'),
    h('li', null, 'Another process may have made it, one that does not send its spans here.'),
  ),
  h('p', { key: 'status', class: 'weak', role: 'status' }, 'Waiting for it…'),
];
