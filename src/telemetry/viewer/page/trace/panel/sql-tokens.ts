export interface SqlToken {
  kind: 'keyword' | 'string' | 'number' | 'parameter' | 'comment' | 'other';
  text: string;
}

const KEYWORDS =
  'select|insert|update|delete|into|values|from|where|and|or|not|in|is|null|as|on|using|join|left|right|inner|outer|full|cross|lateral|group|order|by|having|limit|offset|fetch|union|all|distinct|exists|between|like|ilike|case|when|then|else|end|with|recursive|returning|set|asc|desc|nulls|first|last|over|partition|filter|conflict|do|nothing|for|share|skip|locked|true|false|any|begin|commit|rollback|explain|analyze|create|alter|drop|table|index|materialized|unnest|coalesce|cast';

const PATTERN = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    "(?<string>'(?:[^']|'')*(?:'|$))",
    '(?<quoted>"[^"]*(?:"|$))',
    // `::float8` is a cast.
    String.raw`(?<parameter>\$\d+|\?|(?<!:):[a-z_]\w*)`,
    String.raw`(?<number>\b\d+(?:\.\d+)?\b)`,
    String.raw`(?<keyword>\b(?:${KEYWORDS})\b)`,
  ].join('|'),
  'gi',
);

/** Cuts a statement into what gets a colour and what does not. Together they are the statement, whatever it is. */
export const sqlTokens = (sql: string): SqlToken[] => {
  const tokens: SqlToken[] = [];
  let end = 0;
  const addOther = (text: string): void => {
    if (text !== '') tokens.push({ kind: 'other', text });
  };
  for (const match of sql.matchAll(PATTERN)) {
    addOther(sql.slice(end, match.index));
    const [text] = match;
    end = match.index + text.length;
    const kind = (['comment', 'string', 'parameter', 'number', 'keyword'] as const).find(
      (name) => match.groups?.[name],
    );
    if (kind) tokens.push({ kind, text });
    else addOther(text);
  }
  addOther(sql.slice(end));
  return tokens;
};
