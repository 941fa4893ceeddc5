import { type ComponentChildren, h } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../shared/dialog.ts';
import { formatCount } from '../shared/format.ts';

/** Forgets all traces, once that is confirmed: nothing brings them back. */
export const ForgetButton = ({ held, onForget }: { held: number; onForget: () => void }): ComponentChildren => {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  const forget = () => {
    close();
    onForget();
  };
  return [
    h('button', { key: 'button', type: 'button', disabled: held === 0, onClick: () => setAsking(true) }, 'Forget all'),
    asking &&
      h(
        Dialog,
        { key: 'dialog', title: 'Forget all traces?', onClose: close },
        h('p', null, `${formatCount(held, 'trace')}, those that a filter hides included. Nothing brings them back.`),
        h(
          'div',
          { class: 'dialog-choice' },
          h('button', { type: 'button', autoFocus: true, onClick: close }, 'Cancel'),
          h('button', { type: 'button', class: 'danger', onClick: forget }, 'Forget all'),
        ),
      ),
  ];
};
