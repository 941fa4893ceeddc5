import type { SlowSpan } from '../../model/findings.ts';
import { formatDuration } from '../shared/format.ts';

/** Why a span counts as slow, in words. */
export const slowReason = ({ isQuery, duration, share }: SlowSpan): string =>
  isQuery
    ? `a query of ${formatDuration(duration)}`
    : `${formatDuration(duration)} of its own, ${Math.round(share * 100)} % of the trace`;
