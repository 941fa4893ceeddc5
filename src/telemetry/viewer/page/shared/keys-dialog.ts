import { type ComponentChildren, h } from 'preact';
import { Dialog } from './dialog.ts';

interface Props {
  /** Keys as they stand on them, and what they do. */
  keys: readonly (readonly [keys: readonly string[], effect: string])[];
  onClose: () => void;
}

/** What `?` shows. */
export const KeysDialog = ({ keys, onClose }: Props): ComponentChildren =>
  h(
    Dialog,
    { title: 'Keys', onClose },
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
  );
