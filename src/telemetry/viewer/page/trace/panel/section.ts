import { type ComponentChildren, h } from 'preact';

interface Props {
  title: string;
  count?: number;
  /** Whether it has to be opened first. */
  isClosed?: boolean;
  children?: ComponentChildren;
}

/** A part of the panel that can be folded away. */
export const Section = ({ title, count, isClosed = false, children }: Props): ComponentChildren =>
  h(
    'details',
    { class: 'section', open: !isClosed },
    h('summary', null, h('h3', null, title), count !== undefined && h('span', { class: 'weak number' }, ` ${count}`)),
    children,
  );
