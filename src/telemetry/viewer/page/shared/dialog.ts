import { type ComponentChildren, h } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface Props {
  title: string;
  onClose: () => void;
  children?: ComponentChildren;
}

/** Modal dialog: rendered is open. The browser keeps the focus in it, and where it was before it comes back to; Escape and a click beside it close. */
export const Dialog = ({ title, onClose, children }: Props): ComponentChildren => {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The dialog is out of the document by now, and a browser gives the focus back only to what was closed within it.
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);

  return h(
    'dialog',
    {
      ref: element,
      class: 'dialog',
      'aria-labelledby': titleId,
      onCancel: (event: Event) => {
        event.preventDefault();
        onClose();
      },
      // A second Escape closes it whatever `cancel` says.
      onClose,
      onKeyDown: (event: KeyboardEvent) => event.stopPropagation(),
      onClick: (event: MouseEvent) => {
        if (event.target === element.current) onClose();
      },
    },
    h(
      'div',
      { class: 'dialog-box' },
      h(
        'div',
        { class: 'dialog-head' },
        h('h2', { id: titleId }, title),
        h('button', { type: 'button', onClick: onClose }, 'Close'),
      ),
      children,
    ),
  );
};
