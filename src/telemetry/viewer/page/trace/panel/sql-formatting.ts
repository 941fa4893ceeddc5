/** What is used of sql-formatter. */
interface SqlFormatter {
  format(text: string, options: { language: string; keywordCase: 'preserve'; tabWidth: number }): string;
}

declare global {
  interface Window {
    sqlFormatter?: SqlFormatter;
  }
}

const SOURCE = '/traces/assets/sql-formatter.js';

let loading: Promise<SqlFormatter> | undefined;

/** It is large, and most spans have no SQL: it is fetched when the first one is looked at. */
export const loadSqlFormatter = (): Promise<SqlFormatter> => {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SOURCE;
    script.addEventListener('load', () =>
      window.sqlFormatter ? resolve(window.sqlFormatter) : reject(new Error(`${SOURCE} is not what it should be`)),
    );
    script.addEventListener('error', () => {
      loading = undefined;
      script.remove();
      reject(new Error(`${SOURCE} cannot be loaded`));
    });
    document.head.append(script);
  });
  return loading;
};

/** By `db.system.name`; all others are taken for standard SQL. */
const LANGUAGES: Readonly<Record<string, string>> = {
  '': 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
  'microsoft.sql_server': 'transactsql',
  mssql: 'transactsql',
  'oracle.db': 'plsql',
};

/**
 * Closes what a recorder's limit has cut open: a quote, and parentheses.
 * @returns undefined when nothing is open
 */
export const closeSql = (text: string): { text: string; added: string } | undefined => {
  let quote = '';
  let depth = 0;
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
  }
  const added = quote + ')'.repeat(depth);
  return added === '' ? undefined : { text: `${text}${added}`, added };
};

/** @returns the statement laid out; as it came when it cannot be read at all */
export const formatSql = (formatter: SqlFormatter, text: string, system: string): string => {
  const options = { language: LANGUAGES[system] ?? 'sql', keywordCase: 'preserve', tabWidth: 2 } as const;
  const closed = closeSql(text);
  for (const attempt of closed ? [text, closed.text] : [text]) {
    try {
      return formatter.format(attempt, options);
    } catch {
      // Cut in the middle of a word, or no SQL.
    }
  }
  return text;
};
