import { type ComponentChildren, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SpanNode } from '../../../model/span-tree.ts';
import type { TraceAnalysis } from '../analysis.ts';
import { useRememberedSize } from '../remembered-size.ts';
import { Separator } from '../separator.ts';
import type { TraceAction, TraceState } from '../trace-state.ts';
import { SpanPanel } from './span-panel.ts';

interface Props {
  analysis: TraceAnalysis;
  node: SpanNode;
  colours: ReadonlyMap<string, string>;
  state: TraceState;
  dispatch: (action: TraceAction) => void;
}

/** As in panel.css. */
const BESIDE = '(min-width: 900px)';

/** The panel beside the waterfall, or below it where there is no room beside, and the line that resizes it. */
export const PanelArea = (props: Props): ComponentChildren => {
  const isBeside = useMedia(BESIDE);
  const [width, setWidth] = useRememberedSize('panel-width', Math.min(560, Math.max(380, innerWidth * 0.3)));
  const [height, setHeight] = useRememberedSize('panel-height', innerHeight * 0.42);
  const largest = isBeside ? innerWidth * 0.7 : innerHeight * 0.75;
  const size = Math.min(isBeside ? width : height, largest);
  const { spanId } = props.node.span;
  return [
    h(Separator, {
      key: 'separator',
      label: 'Size of the panel',
      controls: 'span-panel',
      orientation: isBeside ? 'vertical' : 'horizontal',
      size,
      smallest: 160,
      largest,
      direction: -1,
      onSize: isBeside ? setWidth : setHeight,
    }),
    h(
      'section',
      {
        key: 'panel',
        id: 'span-panel',
        class: 'panel',
        role: 'region',
        'aria-label': 'Span',
        style: isBeside ? { width: `${size}px`, height: 'auto' } : { height: `${size}px`, width: 'auto' },
      },
      h(SpanPanel, { key: spanId, ...props }),
    ),
  ];
};

const useMedia = (text: string): boolean => {
  const [matches, setMatches] = useState(() => matchMedia(text).matches);
  useEffect(() => {
    const query = matchMedia(text);
    const update = (): void => setMatches(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, [text]);
  return matches;
};
