import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useMedia } from '../../shared/media.ts';
import { useRememberedSize } from '../remembered-size.ts';
import { Separator } from '../separator.ts';
import { PlaceholderPanel } from './placeholder-panel.ts';
import { SpanPanel, type SpanPanelProps } from './span-panel.ts';

/** As in panel.css. */
const BESIDE = '(min-width: 900px)';

/** The panel beside the waterfall, or below it where there is no room beside, and the line that resizes it. */
export const PanelArea = (props: SpanPanelProps): ComponentChildren => {
  const isBeside = useMedia(BESIDE);
  const [width, setWidth] = useRememberedSize('panel-width', Math.min(560, Math.max(380, innerWidth * 0.3)));
  const [height, setHeight] = useRememberedSize('panel-height', innerHeight * 0.42);
  const largest = isBeside ? innerWidth * 0.7 : innerHeight * 0.75;
  const size = Math.min(isBeside ? width : height, largest);
  const { spanId } = props.node.span;
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen it stands below the fold.
    if (!isBeside) element.current?.scrollIntoView({ block: 'nearest' });
  }, [isBeside, spanId]);
  const placeholder = props.analysis.placeholders.get(spanId);
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
        ref: element,
        id: 'span-panel',
        class: 'panel',
        role: 'region',
        'aria-label': 'Span',
        style: isBeside ? { width: `${size}px`, height: 'auto' } : { height: `${size}px`, width: 'auto' },
      },
      placeholder
        ? h(PlaceholderPanel, { key: spanId, placeholder, ...props })
        : h(SpanPanel, { key: spanId, ...props }),
    ),
  ];
};
