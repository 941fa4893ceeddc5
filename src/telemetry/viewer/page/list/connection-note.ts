import { type ComponentChildren, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StreamState } from '../shared/trace-stream.ts';

/** Says so while the server is away. */
export const ConnectionNote = (props: { stream: StreamState; onRetry: () => void }): ComponentChildren => {
  const { stream, onRetry } = props;
  const lost = stream.kind === 'lost';
  const [, tick] = useState(0);
  useEffect(() => {
    if (!lost) return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [lost]);
  if (stream.kind !== 'lost') return null;
  const seconds = Math.max(0, Math.ceil((stream.retryAt - Date.now()) / 1000));
  return h(
    'div',
    { class: 'connection', role: 'status' },
    h('p', null, 'The connection to the server is lost. What you see may be old.'),
    h('span', { class: 'weak', 'aria-hidden': 'true' }, seconds > 0 ? `Next try in ${seconds} s` : 'Trying…'),
    h('button', { type: 'button', onClick: onRetry }, 'Try now'),
  );
};
