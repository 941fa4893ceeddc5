import type { RunningSpan } from '../../model/summary.ts';

/** Which requests and jobs go on in a trace, in words; '' when none is known to. */
export const runningText = (running: readonly RunningSpan[]): string => {
  const names = [...new Set(running.filter(({ isLocalRoot }) => isLocalRoot).map(({ name }) => name))];
  if (names.length === 0) return '';
  return `${names.join(', ')} still ${names.length === 1 ? 'runs' : 'run'}`;
};
