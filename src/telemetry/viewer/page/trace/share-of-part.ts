import { shareOf, type TracePart } from '../../model/parts.ts';
import type { TraceAnalysis } from './analysis.ts';

/**
 * How much a duration is of the part of the trace that it is in, in words: `93 % of the request`.
 * @param duration milliseconds
 */
export const shareOfPart = (
  duration: number,
  part: TracePart,
  { placeholders }: Pick<TraceAnalysis, 'placeholders'>,
): string => {
  const { root, nodes } = part;
  if (nodes.length === 1 && nodes[0] === root) return 'all of it';
  const { spanId, name, kind } = root.span;
  const placeholder = placeholders.get(spanId);
  const percent = shareOf(duration, part) * 100;
  const share = percent < 1 ? 'under 1' : Math.round(percent);
  if (placeholder?.isRunning === false) return `${share} % of its part of the trace`;
  return `${share} % of ${kind === 'server' ? 'the request' : name || 'its part'}${placeholder ? ' so far' : ''}`;
};
