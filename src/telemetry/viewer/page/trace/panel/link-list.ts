import { type ComponentChildren, h } from 'preact';
import type { SpanLink } from '../../../model/trace.ts';
import { tracePage } from '../../shared/api.ts';
import { AttributesTable } from './attributes-table.ts';
import { Section } from './section.ts';

/** Other spans that this one points at, in this trace or another. */
export const LinkList = ({ links, traceId }: { links: readonly SpanLink[]; traceId: string }): ComponentChildren =>
  h(
    Section,
    { title: 'Links', count: links.length },
    h(
      'ul',
      { class: 'events' },
      links.map((link, index) =>
        h(
          'li',
          { key: index },
          h(LinkTarget, { link, isHere: link.traceId === traceId }),
          Object.keys(link.attributes).length > 0 && h(AttributesTable, { attributes: link.attributes, scope: 'link' }),
        ),
      ),
    ),
  );

const LinkTarget = ({ link, isHere }: { link: SpanLink; isHere: boolean }): ComponentChildren => {
  if (isHere) return h('a', { href: `#${link.spanId}` }, `span ${link.spanId} of this trace`);
  return h('a', { href: `${tracePage(link.traceId)}#${link.spanId}` }, 'trace ', h('code', null, link.traceId));
};
