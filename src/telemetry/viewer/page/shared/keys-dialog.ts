import { type ComponentChildren, h } from 'preact';
import { Dialog } from './dialog.ts';

interface Props {
  /** Keys as they stand on them, and what they do. */
  keys: readonly (readonly [keys: readonly string[], effect: string])[];
  title?: string;
  onClose: () => void;
  /** What else is to be told on that page. */
  children?: ComponentChildren;
}

/** What `?` shows. */
export const KeysDialog = ({ keys, title = 'Keys', onClose, children }: Props): ComponentChildren =>
  h(
    Dialog,
    { title, onClose },
    h(
      'dl',
      { class: 'keys' },
      keys.map(([names, effect]) =>
        h(
          'div',
          { key: effect },
          h(
            'dt',
            null,
            names.map((name) => h('kbd', { key: name }, name)),
          ),
          h('dd', null, effect),
        ),
      ),
    ),
    children,
  );
