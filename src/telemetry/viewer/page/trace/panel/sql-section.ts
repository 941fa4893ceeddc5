import { type ComponentChildren, h } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { CopyButton } from '../../shared/copy-button.ts';
import { Section } from './section.ts';
import { formatSql, loadSqlFormatter } from './sql-formatting.ts';
import { sqlTokens } from './sql-tokens.ts';

/** A statement, laid out to be read. @param system `db.system.name` of its database */
export const SqlSection = ({ text, system }: { text: string; system: string }): ComponentChildren => {
  const [isRaw, setRaw] = useState(false);
  const [formatted, setFormatted] = useState<string | undefined>();
  useEffect(() => {
    let isWanted = true;
    loadSqlFormatter().then(
      (formatter) => isWanted && setFormatted(formatSql(formatter, text, system)),
      // As it came is better than nothing.
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [text, system]);
  const shown = isRaw || formatted === undefined ? text : formatted;
  const tokens = useMemo(() => sqlTokens(shown), [shown]);
  return h(
    Section,
    { title: 'SQL' },
    h(
      'div',
      { class: 'sql-buttons' },
      h(
        'button',
        { type: 'button', 'aria-pressed': isRaw, disabled: formatted === undefined, onClick: () => setRaw(!isRaw) },
        'Raw',
      ),
      h(CopyButton, { what: 'SQL', text: shown }),
    ),
    h(
      'pre',
      { class: 'sql', tabIndex: 0, 'aria-label': 'SQL' },
      tokens.map(({ kind, text: part }, index) =>
        kind === 'other' ? part : h('span', { key: index, class: `sql-${kind}` }, part),
      ),
    ),
  );
};
