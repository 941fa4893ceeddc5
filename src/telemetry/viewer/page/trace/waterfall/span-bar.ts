import { type ComponentChildren, h } from 'preact';
import type { SpanNode } from '../../../model/span-tree.ts';
import { formatDuration } from '../../shared/format.ts';
import type { Stretch, TraceAnalysis } from '../analysis.ts';
import { marksIn, momentsOf } from '../moments.ts';
import type { Placeholder } from '../placeholders.ts';
import type { TimeWindow } from '../time-window.ts';

interface Props {
  analysis: TraceAnalysis;
  node: SpanNode;
  colour: string;
  window: TimeWindow;
  /** Pixels. */
  width: number;
}

/** Pixels of a digit of the labels, and of the room around a label. */
const DIGIT = 6.6;
const LABEL_ROOM = 22;
/** Pixels of a mark. */
const MARK = 9;

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** Where a stretch of time stands in the window, as shares of its width; undefined when nothing of it is in sight. */
const placed = ({ start, end }: Stretch, { from, to }: TimeWindow): { left: number; size: number } | undefined => {
  if (end < from || start > to) return undefined;
  const left = (Math.max(start, from) - from) / (to - from);
  return { left, size: (Math.min(end, to) - from) / (to - from) - left };
};

const Part = ({ name, stretch, window }: { name: string; stretch: Stretch; window: TimeWindow }): ComponentChildren => {
  const place = placed(stretch, window);
  return place && h('span', { class: name, style: { left: percent(place.left), width: percent(place.size) } });
};

/** Beside the bar where there is room, on the right first; else on it. */
const labelPlace = (left: number, size: number, width: number, room: number): { class: string; style: object } => {
  const right = left + size;
  if ((1 - right) * width > room) return { class: 'bar-label', style: { left: percent(right) } };
  if (left * width > room) return { class: 'bar-label', style: { right: percent(1 - left) } };
  return { class: 'bar-label bar-label-inside', style: { right: percent(1 - right) } };
};

/** Of what is not here only that is known: of what runs. */
const lengthSoFar = ({ span, isRunning }: Placeholder): string =>
  isRunning ? `${formatDuration(span.duration)} so far` : '';

/** A span's time: its bar, what of it is on the critical path, its gaps, and what happened at which moment. */
export const SpanBar = ({ analysis, node, colour, window, width }: Props): ComponentChildren => {
  const { span } = node;
  const start = span.start - analysis.start;
  const whole = { start, end: start + span.duration };
  const place = placed(whole, window);
  if (!place) {
    const isBefore = whole.end < window.from;
    const text = formatDuration(span.duration);
    return h(
      'div',
      { role: 'gridcell', class: 'span-time' },
      h(
        'span',
        { class: isBefore ? 'bar-away bar-before' : 'bar-away bar-after' },
        isBefore ? `‹ ${text}` : `${text} ›`,
      ),
    );
  }
  const placeholder = analysis.placeholders.get(span.spanId);
  const label = placeholder ? lengthSoFar(placeholder) : formatDuration(span.duration);
  const failed = span.status === 'error';
  const paint = placeholder ? { color: colour } : { background: colour };
  const style = { left: percent(place.left), width: percent(place.size), ...paint };
  const moments = momentsOf(analysis, node);
  return h(
    'div',
    { role: 'gridcell', class: 'span-time' },
    h('span', { class: `bar${failed ? ' bar-failed' : ''}${placeholder ? ' bar-placeholder' : ''}`, style }),
    analysis.gapsOf(node).map((gap) => h(Part, { key: `g${gap.start}`, name: 'bar-gap', stretch: gap, window })),
    analysis.critical
      .get(span.spanId)
      ?.map((part) => h(Part, { key: `c${part.start}`, name: 'bar-critical', stretch: part, window })),
    h('span', labelPlace(place.left, place.size, width, label.length * DIGIT + LABEL_ROOM), label),
    moments.length > 0 &&
      marksIn(moments, window, analysis.total, Math.max(1, width / MARK)).map((mark) =>
        h('span', {
          key: `m${mark.index}`,
          class: `mark mark-${mark.severity}`,
          // Wholly in sight, at the edges too.
          style: { left: `clamp(6px, ${percent(mark.place)}, 100% - 6px)` },
          'data-moment': mark.index,
          'data-others': mark.others,
        }),
      ),
  );
};
