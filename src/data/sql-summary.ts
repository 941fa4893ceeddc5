/** What a statement does, for the name and the attributes of its span. */
export interface SqlSummary {
  /** `SELECT`, `INSERT`, `BEGIN`… */
  operation: string;
  /** The table that the statement is about; absent for `BEGIN` and the like. */
  collection: string | undefined;
  /** The text without any literal value, at most 2 kB. */
  text: string;
}

const MAX_TEXT = 2048;
/** Statements are parameterised, so a process runs few different ones; this bounds it if one is not. */
const MAX_REMEMBERED = 2000;
const remembered = new Map<string, SqlSummary>();

/** Summarises `sql`; the same text is looked at once. */
export const summarizeSql = (sql: string): SqlSummary => {
  const known = remembered.get(sql);
  if (known) return known;
  const summary = summarize(sql);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(sql, summary);
  return summary;
};

const summarize = (sql: string): SqlSummary => {
  const text = sql
    .replace(/'(?:[^']|'')*'/g, '?')
    .replace(/\s+/g, ' ')
    .trim();
  const statement = text.replace(/--.*?$/gm, '');
  const main = /^with\b/i.test(statement) ? afterCommonTables(statement) : statement;
  const operation = (/^\W*([a-z]+)/i.exec(main)?.[1] ?? 'SQL').toUpperCase();
  return { operation, collection: collectionOf(operation, main), text: text.slice(0, MAX_TEXT) };
};

/** The statement behind `WITH a AS (…), b AS (…)`: the first word at depth 0 that is a verb. */
const afterCommonTables = (statement: string): string => {
  let depth = 0;
  for (let i = 0; i < statement.length; i += 1) {
    const character = statement[i];
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (depth === 0 && /[a-z]/i.test(character ?? '')) {
      const word = /^[a-z_]+/i.exec(statement.slice(i))?.[0] ?? '';
      if (/^(select|insert|update|delete|merge)$/i.test(word)) return statement.slice(i);
      i += Math.max(0, word.length - 1);
    }
  }
  return statement;
};

const NAME = '((?:"[^"]+"|[a-z_][a-z0-9_]*)(?:\\.(?:"[^"]+"|[a-z_][a-z0-9_]*))*)';
const TABLE: Record<string, RegExp> = {
  SELECT: new RegExp(`\\bfrom\\s+(?:only\\s+)?${NAME}(?!\\s*\\()`, 'i'),
  INSERT: new RegExp(`\\binto\\s+${NAME}`, 'i'),
  UPDATE: new RegExp(`^\\W*update\\s+(?:only\\s+)?${NAME}`, 'i'),
  DELETE: new RegExp(`\\bfrom\\s+(?:only\\s+)?${NAME}`, 'i'),
};

const collectionOf = (operation: string, statement: string): string | undefined => {
  const name = TABLE[operation]?.exec(statement)?.[1];
  return name?.split('.').at(-1)?.replaceAll('"', '');
};
