import { type ComponentChildren, h } from 'preact';
import type { SpanEvent } from '../../../model/trace.ts';
import { CopyButton } from '../../shared/copy-button.ts';
import { formatDuration } from '../../shared/format.ts';
import { valueText } from './attribute-value.ts';
import { AttributesTable } from './attributes-table.ts';
import { Section } from './section.ts';

const SHOWN = new Set(['exception.type', 'exception.message', 'exception.stacktrace']);

/** An exception in full. @param start of its span, nanoseconds since 1970 */
export const ExceptionSection = ({ event, start }: { event: SpanEvent; start: bigint }): ComponentChildren => {
  const { attributes } = event;
  const text = (name: string): string => valueText(attributes[name] ?? '');
  const stack = text('exception.stacktrace');
  const others = Object.entries(attributes).filter(([name]) => !SHOWN.has(name));
  return h(
    Section,
    { title: 'Exception' },
    h(
      'div',
      { class: 'exception' },
      h(
        'p',
        null,
        h('strong', { class: 'error' }, text('exception.type') || 'Exception'),
        ' ',
        h('span', { class: 'weak number' }, `at +${formatDuration(Number(event.timeNano - start) / 1e6)}`),
      ),
      h('p', { class: 'exception-message' }, text('exception.message')),
      stack !== '' && [
        h('pre', { key: 'stack', class: 'stack', tabIndex: 0, 'aria-label': 'Stack' }, stack),
        h(CopyButton, { key: 'copy', what: 'stack', text: stack }, 'Copy stack'),
      ],
      others.length > 0 && h(AttributesTable, { attributes: Object.fromEntries(others), scope: 'event' }),
    ),
  );
};
