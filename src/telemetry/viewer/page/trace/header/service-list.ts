import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../../shared/format.ts';
import type { TraceAnalysis } from '../analysis.ts';

/** As many as there are colours; more would push the waterfall off the screen. */
const MOST = 8;

/** Which colour is which service, and how many spans it has. */
export const ServiceList = (props: {
  analysis: TraceAnalysis;
  colours: ReadonlyMap<string, string>;
}): ComponentChildren => {
  const { analysis, colours } = props;
  const [showsAll, setShowsAll] = useState(false);
  const all = [...analysis.services.values()];
  return h(
    'ul',
    { class: 'services', 'aria-label': 'Services' },
    all
      .slice(0, showsAll ? all.length : MOST)
      .map(({ name, spans }) =>
        h(
          'li',
          { key: name },
          h('span', { class: 'service-dot', style: { background: colours.get(name) ?? '' } }),
          h('span', { class: 'service-text', title: name }, name),
          h('span', { class: 'weak number', title: formatCount(spans, 'span') }, spans),
        ),
      ),
    all.length > MOST &&
      h(
        'li',
        { key: 'rest' },
        h(
          'button',
          { type: 'button', class: 'as-link', 'aria-expanded': showsAll, onClick: () => setShowsAll(!showsAll) },
          showsAll ? 'Show fewer' : `${all.length - MOST} more`,
        ),
      ),
  );
};
