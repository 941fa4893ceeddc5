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
    .replace(/--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return { ...purposeOf(text), text: text.slice(0, MAX_TEXT) };
};

type Purpose = Pick<SqlSummary, 'operation' | 'collection'>;

/** What the statement is there for; one that only reads what its common tables wrote is there for the writing. */
const purposeOf = (statement: string): Purpose => {
  const { tables, main } = splitCommonTables(statement);
  const purpose = simplePurpose(main);
  if (purpose.collection === undefined || !tables.has(purpose.collection)) return purpose;
  const purposes = [...tables.values()].map(purposeOf);
  const writing = purposes.find(({ operation }) => operation !== 'SELECT');
  const stored = purposes.find(({ collection }) => collection !== undefined && !tables.has(collection));
  return writing ?? stored ?? purpose;
};

const simplePurpose = (statement: string): Purpose => {
  const operation = (/^\W*([a-z]+)/i.exec(statement)?.[1] ?? 'SQL').toUpperCase();
  return { operation, collection: collectionOf(operation, statement) };
};

/** Takes `WITH a AS (…), b AS (…) SELECT …` apart. */
const splitCommonTables = (statement: string): { tables: Map<string, string>; main: string } => {
  const tables = new Map<string, string>();
  if (!/^with\b/i.test(statement)) return { tables, main: statement };
  let rest = statement.replace(/^with\s+(?:recursive\s+)?/i, '');
  for (;;) {
    const head = /^,?\s*("[^"]+"|\w+)(?:\s*\([^)]*\))?\s+as\s+(?:(?:not\s+)?materialized\s+)?\(/i.exec(rest);
    if (!head) return { tables, main: rest };
    const end = closingParenthesis(rest, head[0].length);
    tables.set((head[1] ?? '').replaceAll('"', ''), rest.slice(head[0].length, end).trim());
    rest = rest.slice(end + 1).trim();
  }
};

/** Where the parenthesis closes that opened just before `from`. */
const closingParenthesis = (statement: string, from: number): number => {
  for (let i = from, depth = 1; i < statement.length; i += 1) {
    if (statement[i] === '(') depth += 1;
    else if (statement[i] === ')') depth -= 1;
    if (depth === 0) return i;
  }
  return statement.length;
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
