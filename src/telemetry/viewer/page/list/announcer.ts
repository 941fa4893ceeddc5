import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Milliseconds after which the list of a new filter has settled. */
const PAUSE = 1000;

interface Props {
  text: string;
  /** What was asked for: what it found is said once, not with every trace that comes in later. */
  about: string;
}

/** Says to a screen reader what a filter found. */
export const Announcer = ({ text, about }: Props): ComponentChildren => {
  const [said, setSaid] = useState('');
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setTimeout(() => setSaid(latest.current), PAUSE);
    return () => clearTimeout(timer);
  }, [about]);
  return h('p', { class: 'heard-only', role: 'status', 'aria-live': 'polite' }, said);
};
