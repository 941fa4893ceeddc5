import { useMemo } from 'preact/hooks';
import { analyse, type TraceAnalysis } from './analysis.ts';
import { type LiveTrace, useLiveTrace } from './live-trace.ts';

/** A trace as it is now, and what is worked out about it; undefined until it is here. */
export const useAnalysedTrace = (traceId: string): { live: LiveTrace; analysis: TraceAnalysis | undefined } => {
  const live = useLiveTrace(traceId);
  const { trace, running } = live.state === 'here' ? live : {};
  return { live, analysis: useMemo(() => trace && analyse(trace, running), [trace, running]) };
};
