import { type ComponentChildren, h } from 'preact';
import type { SpanEvent } from '../../../model/trace.ts';
import { formatDuration } from '../../shared/format.ts';
import { AttributesTable } from './attributes-table.ts';
import { Section } from './section.ts';

/** What happened in a span, and when. @param start of the span, nanoseconds since 1970 */
export const EventList = ({ events, start }: { events: readonly SpanEvent[]; start: bigint }): ComponentChildren =>
  h(
    Section,
    { title: 'Events', count: events.length },
    h(
      'ol',
      { class: 'events' },
      events.map((event, index) =>
        h(
          'li',
          { key: index },
          h('span', { class: 'weak number' }, `+${formatDuration(Number(event.timeNano - start) / 1e6)}`),
          ' ',
          h('strong', null, event.name),
          Object.keys(event.attributes).length > 0 &&
            h(AttributesTable, { attributes: event.attributes, scope: 'event' }),
        ),
      ),
    ),
  );
