import { type ComponentChildren, h } from 'preact';

const COLOUR = 'var(--service-0)';

/** A part of a sample, drawn as in the waterfall. @param left percent, as `width` */
const part = (name: string, left: number, width: number, paint: object = {}): ComponentChildren =>
  h('span', { key: name, class: name, style: { left: `${left}%`, width: `${width}%`, ...paint } });

const bar = (more = ''): ComponentChildren => part(`bar${more}`, 5, 90, { background: COLOUR });

const mark = (kind: string, left: number): ComponentChildren =>
  h('span', { key: kind, class: `mark mark-${kind}`, style: { left: `${left}%` } });

/** Each with its name, for those who listen. */
const SAMPLES: readonly (readonly [name: string, sample: ComponentChildren, meaning: string])[] = [
  ['bar', bar(), 'a span, from its start to its end, in the colour of its service'],
  ['red outline', bar(' bar-failed'), 'a span that failed'],
  [
    'line along a bar',
    [bar(), part('bar-critical', 30, 50)],
    'the critical path: time that, shortened, makes the request or job shorter',
  ],
  ['hatching', [bar(), part('bar-gap', 40, 40)], 'a gap: none of its children ran, and nothing else was recorded'],
  [
    'stripes',
    part('bar bar-placeholder', 5, 90, { color: COLOUR }),
    'a span that is not here: it still runs, or never came',
  ],
  [
    'diamonds',
    [bar(), ...['debug', 'info', 'warn', 'error'].map((kind, index) => mark(kind, 20 + index * 20))],
    'log lines: debug, info, warning, error; an exception is an error',
  ],
  ['upright line', [bar(), mark('event', 50)], 'an event of the span'],
];

/** What a waterfall is drawn with, and what each of it means. */
export const Legend = (): ComponentChildren =>
  h(
    'section',
    { class: 'legend' },
    h('h3', null, 'What the bars say'),
    h(
      'dl',
      { class: 'keys' },
      SAMPLES.map(([name, sample, meaning]) =>
        h(
          'div',
          { key: meaning },
          h('dt', null, h('span', { role: 'img', 'aria-label': name, class: 'span-time legend-sample' }, sample)),
          h('dd', null, meaning),
        ),
      ),
    ),
  );
