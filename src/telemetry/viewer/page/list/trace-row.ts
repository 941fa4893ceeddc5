import { Component, type ComponentChildren, h } from 'preact';
import type { TraceSummary } from '../../model/summary.ts';
import { tracePage } from '../shared/api.ts';
import { formatDateTime, formatDuration, formatMoment, formatNumber, formatTime } from '../shared/format.ts';
import { runningText } from '../shared/running-text.ts';

export interface RowProps {
  trace: TraceSummary;
  /** The text that the list is narrowed by. */
  find: string | undefined;
  /** From 0. */
  index: number;
  /** Pixels from the top of the list. */
  top: number;
  /** Length of the duration's bar, 0 to 1. */
  bar: number;
  selected: boolean;
  /** Whether the Tab key comes here. */
  current: boolean;
  /** Came a moment ago. */
  fresh: boolean;
  onSelect: (traceId: string) => void;
  onFocus: (traceId: string) => void;
}

export const rowId = (traceId: string): string => `trace-${traceId}`;

/** What the row stands for, in a few words. */
export const traceTitle = ({ method, route, path, name }: TraceSummary): string =>
  method !== undefined && (route ?? path) !== undefined ? `${method} ${route ?? path}` : name;

const statusClass = ({ statusCode, failed }: TraceSummary): string => {
  if (failed) return 'status failed';
  return statusCode !== undefined && statusCode >= 400 ? 'status refused' : 'status';
};

const statusText = ({ statusCode, failed, complete }: TraceSummary): string => {
  if (statusCode !== undefined) return String(statusCode);
  if (failed) return 'error';
  return complete ? '' : 'open';
};

const count = (value: number): string => (value === 0 ? '' : formatNumber(value));

const cell = (name: string, ...children: ComponentChildren[]): ComponentChildren =>
  h('div', { role: 'gridcell', class: `list-cell col-${name}` }, ...children);

const hint = (trace: TraceSummary): string =>
  [
    trace.name,
    `${formatDateTime(trace.start)}, ${formatDuration(trace.duration)}`,
    trace.userId && `user ${trace.userId}`,
    `services: ${trace.services.join(', ')}`,
    !trace.complete && 'its root has not ended, or was never received',
    trace.traceId,
  ]
    .filter(Boolean)
    .join('\n');

/** One line of the list. A class, because hundreds of them are told of changes that are not theirs. */
export class TraceRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const now = this.props;
    return (Object.keys(next) as (keyof RowProps)[]).some((name) => next[name] !== now[name]);
  }

  render(props: RowProps): ComponentChildren {
    const { trace, selected, current } = props;
    const { traceId, method, services } = trace;
    const runs = runningText(trace.running);
    const title = trace.route ?? trace.path ?? trace.name;
    const classes = ['list-row', props.fresh && 'fresh', trace.failed && 'failed', !trace.complete && 'running'];
    const tabIndex = current ? 0 : -1;
    return h(
      'div',
      {
        id: rowId(traceId),
        role: 'row',
        class: classes.filter(Boolean).join(' '),
        'aria-rowindex': props.index + 2,
        'aria-selected': selected,
        'data-trace': traceId,
        tabIndex,
        style: { transform: `translateY(${props.top}px)` },
        onFocusIn: () => props.onFocus(traceId),
      },
      cell(
        'select',
        h('input', {
          type: 'checkbox',
          checked: selected,
          tabIndex,
          'aria-label': `Select ${traceTitle(trace)} at ${formatTime(trace.start)}`,
          onChange: () => props.onSelect(traceId),
        }),
      ),
      cell('time', formatMoment(trace.start, Date.now())),
      cell('method', method),
      cell(
        'title',
        h('a', { href: tracePage(traceId, props.find), tabIndex, title: hint(trace) }, title),
        trace.errors > 0 &&
          h('span', { class: 'row-mark error-mark', title: `${trace.errors} errors in it` }, `! ${trace.errors}`),
        trace.repeatedQueries > 0 &&
          h('span', { class: 'row-mark repeat-mark', title: 'The same query ran again and again' }, 'N+1'),
        // Where the request itself runs, its status says so.
        trace.complete && runs && h('span', { class: 'row-mark running-mark', title: runs }, 'runs'),
      ),
      cell(statusClass(trace), statusText(trace)),
      cell(
        'duration',
        h('span', { class: 'duration-number' }, formatDuration(trace.duration)),
        h(
          'span',
          { class: 'duration-track' },
          h('span', { class: 'duration-bar', style: { width: `${props.bar * 100}%` } }),
        ),
      ),
      h('div', { role: 'gridcell', class: 'list-cell col-user', title: trace.userId }, trace.userId),
      cell('feed', trace.feedType),
      cell('queries', count(trace.queries)),
      cell(
        `cache ${trace.cacheHit ? 'hit' : 'miss'}`,
        trace.cacheHit === undefined ? '' : trace.cacheHit ? 'hit' : 'miss',
      ),
      cell('spans', count(trace.spans)),
      cell('lines', count(trace.lines)),
      cell('services', services.join(', ')),
    );
  }
}
