import type { LiveTrace } from '../trace/live-trace.ts';

/** What to know before two traces are compared, in words. */
export const cautionsOf = (a: LiveTrace, b: LiveTrace): string[] => {
  if (a.state !== 'here' || b.state !== 'here') return [];
  if (a.trace.traceId === b.trace.traceId) return ['A and B are the same trace.'];
  const cautions: string[] = [];
  if (a.name !== b.name)
    cautions.push(
      `Not the same route: A is ${a.name || 'without a name'}, B is ${b.name || 'without a name'}. Only spans of the same name share a row.`,
    );
  for (const [name, { complete }] of [
    ['A', a],
    ['B', b],
  ] as const)
    if (!complete)
      cautions.push(`${name} still runs, or its first span is not here yet: only what is here is compared.`);
  return cautions;
};
