import { type ComponentChildren, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface Props {
  /** What is copied, as in "Copy trace id". */
  what: string;
  text: string;
  children?: ComponentChildren;
}

/** Puts a text on the clipboard and says that it did. */
export const CopyButton = ({ what, text, children }: Props): ComponentChildren => {
  const [done, setDone] = useState<'Copied' | 'Not copied' | undefined>();
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(undefined), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return h(
    'button',
    {
      type: 'button',
      class: done === 'Copied' ? 'copy copied' : 'copy',
      'aria-label': `${done ?? 'Copy'} ${what}`,
      onClick: () => {
        navigator.clipboard.writeText(text).then(
          () => setDone('Copied'),
          () => setDone('Not copied'),
        );
      },
    },
    done ?? children ?? 'Copy',
  );
};
