import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../../model/trace.ts';
import { formatDateTime, formatDuration } from '../../shared/format.ts';
import { AttributesTable } from '../panel/attributes-table.ts';

interface Props {
  line: LogLine;
  /** What its time is counted from, milliseconds since 1970. */
  since: number;
  /** Whether the reader asked for this one: it is brought into sight and gets the focus. */
  isAsked?: boolean;
  /** Stands before the message. */
  children?: ComponentChildren;
}

/** A log line; its fields can be opened. */
export const LineItem = ({ line, since, isAsked = false, children }: Props): ComponentChildren => {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!isAsked) return;
    element.current?.scrollIntoView({ block: 'nearest' });
    element.current?.focus();
  }, [isAsked]);
  const offset = line.time - since;
  const fields = Object.keys(line.attributes).length;
  return h(
    'li',
    { ref: element, class: `line line-${line.severity}${isAsked ? ' asked' : ''}`, tabIndex: -1 },
    h(
      'time',
      { class: 'line-time number weak', title: formatDateTime(line.time) },
      `${offset < 0 ? '' : '+'}${formatDuration(offset)}`,
    ),
    h('span', { class: `line-severity severity-${line.severity}` }, line.severity),
    children,
    h(
      'div',
      { class: 'line-message' },
      fields === 0
        ? line.message
        : h(
            'details',
            null,
            h('summary', null, line.message || '(no message)'),
            h('div', { class: 'line-fields' }, h(AttributesTable, { attributes: line.attributes })),
          ),
    ),
  );
};
