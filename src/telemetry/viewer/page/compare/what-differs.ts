import { type ComponentChildren, h } from 'preact';
import { useMemo } from 'preact/hooks';
import { compareAttributes } from '../../model/compare-attributes.ts';
import type { Attributes } from '../../model/trace.ts';
import { formatCount } from '../shared/format.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import { DifferenceTable, type NamedDifference } from './difference-table.ts';

/** What stands above already, in the names and beside the durations. */
const SHOWN = [
  'http.method',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'http.status_code',
  'service.name',
];

/** Of each service, the first process that is seen of it. */
const resourcesOf = ({ trace }: TraceAnalysis): Map<string, Attributes> => {
  const resources = new Map<string, Attributes>();
  for (const { service, resource } of trace.spans) if (!resources.has(service)) resources.set(service, resource);
  return resources;
};

/** Of the requests themselves, and of the services that took part in both. */
const compared = (a: TraceAnalysis, b: TraceAnalysis): { differences: NamedDifference[]; equal: number } => {
  const ofRoots = compareAttributes(a.roots[0]?.span.attributes ?? {}, b.roots[0]?.span.attributes ?? {}, SHOWN);
  const differences: NamedDifference[] = [...ofRoots.different];
  let { equal } = ofRoots;
  const others = resourcesOf(b);
  for (const [service, resource] of resourcesOf(a)) {
    const other = others.get(service);
    if (!other) continue;
    const ofResources = compareAttributes(resource, other, SHOWN);
    equal += ofResources.equal;
    differences.push(...ofResources.different.map((difference) => ({ ...difference, of: service })));
  }
  return { differences, equal };
};

/** What was asked for, and what answered: a filter, a cache or a deploy is often all the difference. */
export const WhatDiffers = ({ a, b }: { a: TraceAnalysis; b: TraceAnalysis }): ComponentChildren => {
  const { differences, equal } = useMemo(() => compared(a, b), [a, b]);
  return h(
    'section',
    { 'aria-label': 'What differs' },
    h('h2', null, 'What differs'),
    differences.length === 0
      ? h('p', { class: 'weak' }, `No attribute of the first spans, or of the services. ${equal} are equal.`)
      : h(DifferenceTable, {
          caption: `Attributes of the first spans, and of the services. ${formatCount(equal, 'other is', 'others are')} equal.`,
          differences,
        }),
  );
};
