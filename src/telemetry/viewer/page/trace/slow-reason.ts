import type { SlowSpan } from '../../model/findings.ts';
import { formatDuration } from '../shared/format.ts';
import type { TraceAnalysis } from './analysis.ts';
import { shareOfPart } from './share-of-part.ts';

/** Why a span counts as slow, in words. */
export const slowReason = (
  { isQuery, duration, part }: SlowSpan,
  analysis: Pick<TraceAnalysis, 'placeholders'>,
): string =>
  isQuery
    ? `a query of ${formatDuration(duration)}`
    : `${formatDuration(duration)} of its own, ${shareOfPart(duration, part, analysis)}`;
