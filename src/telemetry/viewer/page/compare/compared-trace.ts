import { type ComponentChildren, h } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { tracePage } from '../shared/api.ts';
import { formatCount, formatDateTime, formatDuration } from '../shared/format.ts';
import type { TraceAnalysis } from '../trace/analysis.ts';
import { useElementWidth } from '../trace/waterfall/element-width.ts';
import { paintMinimap } from '../trace/waterfall/minimap-painting.ts';

interface Props {
  /** What it is called on this page. */
  name: 'A' | 'B';
  analysis: TraceAnalysis;
  /** Milliseconds of the request. */
  took: number;
  colours: ReadonlyMap<string, string>;
  /** Milliseconds that both are drawn against. */
  total: number;
}

/** One of the two: what it is, and its waterfall in small, at the scale of both. */
export const ComparedTrace = ({ name, analysis, took, colours, total }: Props): ComponentChildren => {
  const { trace, roots, start, queries, failed } = analysis;
  const root = roots[0]?.span;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useElementWidth(box);
  useLayoutEffect(() => {
    if (canvas.current && width > 0) paintMinimap(canvas.current, analysis, colours, total);
  }, [analysis, colours, total, width]);
  const code = root?.attributes['http.response.status_code'];
  return h(
    'section',
    { class: 'compared-trace', 'aria-label': `Trace ${name}` },
    h(
      'h2',
      null,
      h('span', { class: `side side-${name.toLowerCase()}` }, name),
      h('a', { href: tracePage(trace.traceId) }, root?.name || trace.traceId),
    ),
    h(
      'p',
      { class: 'counts number' },
      h('strong', null, formatDuration(took)),
      code !== undefined &&
        h(
          'span',
          { class: root?.status === 'error' ? 'error' : '' },
          `${root?.status === 'error' ? '✕ ' : ''}${String(code)}`,
        ),
      h('span', null, formatCount(trace.spans.length, 'span')),
      h('span', null, formatCount(queries, 'query', 'queries')),
      h('span', { class: failed.length > 0 ? 'error' : '' }, formatCount(failed.length, 'failed span')),
      h('span', null, formatCount(trace.lines.length, 'log line')),
      h('span', { class: 'weak' }, formatDateTime(start)),
    ),
    h('div', { ref: box, class: 'compared-map' }, h('canvas', { ref: canvas, 'aria-hidden': 'true' })),
  );
};
