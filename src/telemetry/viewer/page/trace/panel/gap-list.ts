import { type ComponentChildren, h } from 'preact';
import type { SpanNode } from '../../../model/span-tree.ts';
import { formatDuration } from '../../shared/format.ts';
import type { Stretch, TraceAnalysis } from '../analysis.ts';
import { aroundGap } from '../gap-text.ts';

interface Props {
  analysis: TraceAnalysis;
  node: SpanNode;
  /** In the order of time. */
  gaps: readonly Stretch[];
}

/** The longest tell enough. */
const MOST = 5;

const lengthOf = ({ start, end }: Stretch): number => end - start;

/** Where in a span nothing was recorded, and for how long. */
export const GapList = ({ analysis, node, gaps }: Props): ComponentChildren => {
  const longest = new Set(gaps.toSorted((one, other) => lengthOf(other) - lengthOf(one)).slice(0, MOST));
  return h(
    'ul',
    { class: 'gaps' },
    gaps
      .filter((gap) => longest.has(gap))
      .map((gap) =>
        h(
          'li',
          { key: gap.start },
          formatDuration(lengthOf(gap)),
          h('span', { class: 'weak' }, ` ${aroundGap(analysis, node, gap)}`),
        ),
      ),
    gaps.length > MOST && h('li', { key: 'rest', class: 'weak' }, `and ${gaps.length - MOST} shorter`),
  );
};
