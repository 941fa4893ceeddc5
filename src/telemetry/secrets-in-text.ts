/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Longest string that `redactText` looks at; longer ones are cut, since a pattern must not cost milliseconds. */
const TEXT_LIMIT = 64 * 1024;

/** How much of a cut text is thrown away, so that half a secret at the cut, which no pattern knows, is not left behind. */
const CUT_MARGIN = 1024;

const SECRET_NAME =
  /password|passwd|passphrase|secret|cookie|authorization$|(?:token|apikey|accesskey|signingkey|privatekey|encryptionkey|credential|jwt|pwd|signature)(?:s|hash|value)?$/;

/** Names repeat endlessly, so the answer is remembered; bounded, since some names come from outside. */
const known = new Map<string, boolean>();

/** Whether what stands under `name` must never be shown: `refresh_token`, `Set-Cookie`, `x-api-key`, `signingKey`. */
export const isSecretName = (name: string): boolean => {
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  const letters = name
    .slice(-256)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  const secret = SECRET_NAME.test(letters);
  if (known.size >= 2000) known.clear();
  if (name.length <= 64) known.set(name, secret);
  return secret;
};

/** No secret is without one of these. Most texts have none and are done after this one test. */
const SUSPICIOUS =
  /bearer|basic|eyJ|pass|pwd|secret|token|cookie|authorization|key|jwt|credential|signature|:\/\/|\$argon2|PRIVATE/i;

/**
 * A name that a secret stands under, wherever in a longer word it ends. Every repetition here and below is bounded or
 * cannot overlap with its neighbour: hostile text must not make a pattern slow.
 */
const NAME =
  '((?:password|passwd|passphrase|secret|cookie)[\\w-]{0,40}|(?:pwd|token|(?:api|access|signing|private|encryption)[_-]?key|authorization|credential|jwt|signature)(?:s|[_-]?hash|[_-]?value)?)';

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, REDACTED],
  [/\b(bearer)(\s{1,8}|%20|\+)[\w\-.~+/%]+=*/gi, `$1 ${REDACTED}`],
  [/\b([Bb]asic|BASIC)\s{1,8}(?=[a-z+/]{0,200}[A-Z0-9=])[\w+/-]{6,}=*/g, `$1 ${REDACTED}`],
  [/(?<=^|[^\w-]|%[0-9a-f]{2}|\\[nrtb])eyJ[\w-]{4,}\.[\w-]{2,}(?:\.[\w-]*)?/gi, REDACTED],
  [/\$argon2\w*\$[^\s"'\\]+/g, REDACTED],
  // postgres://user:pass@host; a password may hold an @ of its own, so the last one before the path counts.
  [/(:\/\/[^\s:/?#@"'<>]*):[^\s/?#"'<>]+@/g, `$1:${REDACTED}@`],
  // A header line: everything after the name, whatever the scheme.
  [/\b((?:proxy-)?authorization|set-cookie|cookie)(\s{0,8}:\s{0,8})(?![\s"'\\[])[^\r\n"']+/gi, `$1$2${REDACTED}`],
  // "password":"x", \"password\":\"x\", password: 'x'.
  [
    new RegExp(
      `${NAME}((?:\\\\{0,8}["'])?\\s{0,8}[:=]\\s{0,8})(\\\\{0,8})(["'\`])(?:(?!\\3\\4)(?:\\\\[\\s\\S]|[^\\\\]))*(?:\\3\\4|\\\\?$)`,
      'gi',
    ),
    `$1$2$3$4${REDACTED}$3$4`,
  ],
  // "password":12345678
  [new RegExp(`${NAME}(\\\\{0,8}["']\\s{0,8}:\\s{0,8})-?[\\w.+-]+`, 'gi'), `$1$2"${REDACTED}"`],
  // password=x in a query, a form, a connection string, a command line; percent-encoded too.
  [
    new RegExp(`${NAME}(=|%3D|:(?=[^\\s"'/\\\\]))(?!\\\\{0,8}["'\`])(?!\\[redacted)[^\\s&;,"'<>)\\]}\\\\]+`, 'gi'),
    `$1$2${REDACTED}`,
  ],
];

/**
 * `text` without the secrets in it: bearer tokens, JWTs, private keys, password hashes, passwords in URLs, queries,
 * headers and JSON. What is beyond 64 KiB is left out.
 */
export const redactText = (text: string): string => {
  const cut = text.length > TEXT_LIMIT;
  const seen = cut ? text.slice(0, TEXT_LIMIT) : text;
  if (!SUSPICIOUS.test(seen)) return seen;
  let clean = seen;
  for (const [pattern, replacement] of REPLACEMENTS) clean = clean.replace(pattern, replacement);
  return cut ? clean.slice(0, Math.max(0, clean.length - CUT_MARGIN)) : clean;
};

/** The first `limit` characters of `text` without its secrets, with a note of what was left out. */
export const redactAndCut = (text: string, limit: number): string => {
  if (text.length <= limit) return redactText(text);
  const seen = text.slice(0, limit + CUT_MARGIN);
  const clean = redactText(seen);
  const known = seen.length < text.length ? clean.length - CUT_MARGIN : clean.length;
  return `${clean.slice(0, Math.max(0, Math.min(limit, known)))}… [cut, ${text.length} characters]`;
};
