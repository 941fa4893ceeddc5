import { type ComponentChildren, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { writeFilter } from '../../../model/filter.ts';
import type { TraceSummary } from '../../../model/summary.ts';
import { comparePage, fetchList } from '../../shared/api.ts';
import { Dialog } from '../../shared/dialog.ts';
import { formatCount, formatDateTime, formatDuration } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';

/** Enough to find a faster or a slower one. */
const MOST = 100;

/** Other traces of the same route, to choose one from. */
export const CompareDialog = ({
  analysis,
  onClose,
}: {
  analysis: TraceAnalysis;
  onClose: () => void;
}): ComponentChildren => {
  const { traceId } = analysis.trace;
  const name = analysis.roots[0]?.span.name ?? '';
  const [others, setOthers] = useState<TraceSummary[] | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => {
    const ended = new AbortController();
    fetchList(writeFilter(name === '' ? {} : { route: name }), ended.signal).then(
      ({ traces }) => setOthers(traces.filter((other) => other.traceId !== traceId && other.name === name)),
      (error: unknown) => {
        if (!ended.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => ended.abort();
  }, [name, traceId]);
  const slowest = Math.max(analysis.took, ...(others ?? []).map(({ duration }) => duration));
  return h(
    Dialog,
    { title: 'Compare with', onClose },
    problem && h('p', { role: 'alert', class: 'error' }, problem),
    !others && !problem && h('p', { class: 'weak' }, 'Loading…'),
    others?.length === 0 && h('p', null, `There is no other trace of ${name || 'this name'} yet.`),
    others &&
      others.length > 0 && [
        h(
          'p',
          { key: 'what', class: 'weak' },
          `Other traces of ${name}, the newest first. This one took ${formatDuration(analysis.took)}.`,
        ),
        h(
          'ul',
          { key: 'list', class: 'compare-choice' },
          others.slice(0, MOST).map((other) => h(Choice, { key: other.traceId, traceId, other, slowest })),
        ),
      ],
  );
};

const Choice = ({
  traceId,
  other,
  slowest,
}: {
  traceId: string;
  other: TraceSummary;
  slowest: number;
}): ComponentChildren =>
  h(
    'li',
    null,
    h(
      'a',
      { href: comparePage(traceId, other.traceId) },
      h('span', { class: 'number' }, formatDateTime(other.start)),
      h(
        'span',
        { class: other.failed ? 'error' : '' },
        [other.failed && '✕', other.statusCode].filter(Boolean).join(' '),
      ),
      h('span', { class: 'choice-bar' }, h('span', { style: { width: `${(other.duration / slowest) * 100}%` } })),
      h('span', { class: 'number choice-duration' }, formatDuration(other.duration)),
      h(
        'span',
        { class: 'number weak' },
        `${formatCount(other.spans, 'span')}${other.cacheHit ? ', from the cache' : ''}`,
      ),
    ),
  );
