import { type ComponentChildren, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { writeFilter } from '../../../model/filter.ts';
import type { TraceSummary } from '../../../model/summary.ts';
import { comparePage, fetchList } from '../../shared/api.ts';
import { Dialog } from '../../shared/dialog.ts';
import { formatCount, formatDuration, formatMoment } from '../../shared/format.ts';
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
  const longest = Math.max(analysis.took, ...(others ?? []).map(({ duration }) => duration));
  return h(
    Dialog,
    { title: 'Compare with', onClose },
    problem && h('p', { role: 'alert', class: 'error' }, problem),
    !others && !problem && h('p', { class: 'weak' }, 'Loading…'),
    others?.length === 0 && h('p', null, `There is no other trace of ${name || 'this name'} yet.`),
    others &&
      others.length > 0 && [
        h('p', { key: 'this', class: 'weak' }, `Traces of ${name}. This one took ${formatDuration(analysis.took)}.`),
        h(Landmarks, { key: 'landmarks', traceId, others }),
        h(
          'p',
          { key: 'what', class: 'weak' },
          others.length > MOST ? `The newest ${MOST} of ${others.length} others:` : 'All others, the newest first:',
        ),
        h(
          'ul',
          { key: 'list', class: 'compare-choice' },
          others.slice(0, MOST).map((other) => h(Choice, { key: other.traceId, traceId, other, longest })),
        ),
      ],
  );
};

/** By duration, of those that ended well: a refusal is faster than any answer. */
const landmarksOf = (others: readonly TraceSummary[]): [string, TraceSummary][] => {
  const byDuration = others
    .filter(({ failed, statusCode = 0, complete }) => complete && !failed && statusCode < 400)
    .sort((one, other) => one.duration - other.duration);
  const [fastest, slowest] = [byDuration[0], byDuration.at(-1)];
  const median = byDuration[(byDuration.length - 1) >> 1];
  if (!fastest || !median || !slowest || fastest === slowest) return [];
  const ends: [string, TraceSummary][] = [
    ['Fastest', fastest],
    ['Slowest', slowest],
  ];
  return median === fastest ? ends : ends.toSpliced(1, 0, ['Median', median]);
};

/** What one mostly compares with, without a search in the list below. */
const Landmarks = ({ traceId, others }: { traceId: string; others: readonly TraceSummary[] }): ComponentChildren => {
  const landmarks = landmarksOf(others);
  if (landmarks.length === 0) return null;
  return [
    h('p', { key: 'what', class: 'weak' }, 'Of the others without an error:'),
    h(
      'ul',
      { key: 'list', class: 'compare-landmarks' },
      landmarks.map(([what, other]) =>
        h(
          'li',
          { key: what },
          h(
            'a',
            { href: comparePage(traceId, other.traceId) },
            `${what} `,
            h('strong', { class: 'number' }, formatDuration(other.duration)),
          ),
        ),
      ),
    ),
  ];
};

interface ChoiceProps {
  traceId: string;
  other: TraceSummary;
  /** Milliseconds of the longest bar. */
  longest: number;
}

const Choice = ({ traceId, other, longest }: ChoiceProps): ComponentChildren =>
  h(
    'li',
    null,
    h(
      'a',
      { href: comparePage(traceId, other.traceId) },
      h('span', { class: 'number' }, formatMoment(other.start, Date.now())),
      h(
        'span',
        { class: other.failed ? 'error' : '' },
        [other.failed && '✕', other.statusCode].filter(Boolean).join(' '),
      ),
      h('span', { class: 'choice-bar' }, h('span', { style: { width: `${(other.duration / longest) * 100}%` } })),
      h('span', { class: 'number choice-duration' }, formatDuration(other.duration)),
      h(
        'span',
        { class: 'number weak choice-spans' },
        `${formatCount(other.spans, 'span')}${other.cacheHit ? ', from the cache' : ''}`,
      ),
    ),
  );
