import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import type { LogLine } from '../../../model/trace.ts';
import { LineItem } from '../lines/line-item.ts';
import { Section } from './section.ts';

interface Props {
  lines: readonly LogLine[];
  /** Start of the span, milliseconds since 1970. */
  since: number;
  /** Which of them the reader asked for. */
  asked: number | undefined;
}

/** So many are drawn at once; a button brings more. */
const CHUNK = 100;

/** Log lines of a span, with their times in it. */
export const SpanLines = ({ lines, since, asked }: Props): ComponentChildren => {
  const [chunks, setChunks] = useState(1);
  const most = Math.max(chunks * CHUNK, (asked ?? 0) + 1);
  return h(
    Section,
    { title: 'Log lines', count: lines.length },
    h(
      'ol',
      { class: 'lines' },
      lines.slice(0, most).map((line, index) => h(LineItem, { key: index, line, since, isAsked: asked === index })),
    ),
    lines.length > most &&
      h(
        'button',
        { type: 'button', onClick: () => setChunks(Math.ceil(most / CHUNK) + 1) },
        `Show more: ${lines.length - most} left`,
      ),
  );
};
