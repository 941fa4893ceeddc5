import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Milliseconds: who listens must be able to hear one to its end. */
const PAUSE = 4000;

/** Says to a screen reader what changed, the latest only and not too often. */
export const Announcer = ({ text }: { text: string }): ComponentChildren => {
  const [said, setSaid] = useState('');
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(500, last.current + PAUSE - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return h('p', { class: 'heard-only', role: 'status', 'aria-live': 'polite' }, said);
};
