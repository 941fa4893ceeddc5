import { FilterError } from '../filter-error.ts';

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '"': '"',
  '\\': '\\',
};

const coded = /([0-3][0-7]{2})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y;

/**
 * Reads text in double quotes, with Go's escapes, or in backticks, as it stands.
 * @param from the place of the opening quote
 * @throws FilterError when the closing quote is missing or an escape is unknown
 */
export function readString(text: string, from: number): { value: string; end: number } {
  if (text[from] === '`') {
    const close = text.indexOf('`', from + 1);
    if (close < 0) throw new FilterError('q', 'this text has no closing `', from);
    return { value: text.slice(from + 1, close), end: close + 1 };
  }
  let value = '';
  for (let at = from + 1; at < text.length; ) {
    const character = text[at] ?? '';
    if (character === '"') return { value, end: at + 1 };
    if (character === '\n') break;
    if (character !== '\\') {
      value += character;
      at++;
      continue;
    }
    const escaped = readEscape(text, at);
    value += escaped.value;
    at = escaped.end;
  }
  throw new FilterError('q', 'this text has no closing "', from);
}

function readEscape(text: string, at: number): { value: string; end: number } {
  const letter = text[at + 1] ?? '';
  const plain = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (plain !== undefined) return { value: plain, end: at + 2 };
  coded.lastIndex = at + 1;
  const [whole, octal, ...digits] = coded.exec(text) ?? [];
  const hexadecimal = digits.find((group) => group !== undefined) ?? '';
  const code = octal === undefined ? Number.parseInt(hexadecimal, 16) : Number.parseInt(octal, 8);
  if (whole !== undefined && code <= 0x10ffff) return { value: String.fromCodePoint(code), end: at + 1 + whole.length };
  throw new FilterError('q', `unknown escape "\\${letter}"; a backslash is written \\\\, or the text in backticks`, at);
}
