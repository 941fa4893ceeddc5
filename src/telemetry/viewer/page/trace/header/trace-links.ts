import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import { downloadUrl } from '../../shared/api.ts';
import { fillUrl, settings } from '../../shared/settings.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { CompareDialog } from './compare-dialog.ts';

/** Milliseconds around a trace: the clocks of other processes differ a little, lines may be written late. */
const AROUND_TRACE = 2000;
const AROUND_LINES = 60_000;

/** The same trace elsewhere, as a file, and beside another one. */
export const TraceLinks = ({ analysis }: { analysis: TraceAnalysis }): ComponentChildren => {
  const { trace, start, total } = analysis;
  const { traceId } = trace;
  const [compares, setCompares] = useState(false);
  const elsewhere = (name: string, template: string | undefined, around: number): ComponentChildren => {
    const href = template && fillUrl(template, traceId, start - around, start + total + around);
    return href && h('a', { href, target: '_blank', rel: 'noreferrer' }, name);
  };
  return h(
    'nav',
    { class: 'trace-links', 'aria-label': 'This trace' },
    elsewhere('Tempo', settings.tempo, AROUND_TRACE),
    elsewhere('Loki', settings.loki, AROUND_LINES),
    h('a', { href: downloadUrl(traceId), download: `trace-${traceId}.json` }, 'Download OTLP JSON'),
    h('button', { type: 'button', 'aria-haspopup': 'dialog', onClick: () => setCompares(true) }, 'Compare'),
    compares && h(CompareDialog, { analysis, onClose: () => setCompares(false) }),
  );
};
