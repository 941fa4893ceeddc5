/** How much is worth a span: `error` shows requests only, `info` what a person wants to see, `debug` everything. */
export type SpanLevel = 'error' | 'info' | 'debug';

const LEVELS: readonly SpanLevel[] = ['error', 'info', 'debug'];

/** The kinds of spans that can be told apart, with the level from which on they are shown. */
const KINDS = {
  db: 'info',
  cache: 'info',
  domain: 'info',
  express: 'debug',
  prisma: 'debug',
  redis: 'debug',
} as const satisfies Record<string, SpanLevel>;

export type SpanFilterKind = keyof typeof KINDS;
export type SpanFilter = Readonly<Record<SpanFilterKind, boolean>>;

const isLevel = (word: string): word is SpanLevel => (LEVELS as readonly string[]).includes(word);

/**
 * Reads `info`, or `info,express=debug`: a level for all, then levels by kind.
 * @throws Error that says what is allowed.
 */
export const parseSpanFilter = (value: string): SpanFilter => {
  let level: SpanLevel = 'info';
  const own = new Map<string, SpanLevel>();
  for (const part of value.split(',').map((word) => word.trim())) {
    const [name = '', given] = part.split('=');
    if (given === undefined && isLevel(name)) level = name;
    else if (given !== undefined && name in KINDS && isLevel(given)) own.set(name, given);
    else {
      throw new Error(
        `must be error, info or debug, or pairs such as express=debug of ${Object.keys(KINDS).join(', ')}`,
      );
    }
  }
  const shown = (kind: SpanFilterKind): boolean =>
    LEVELS.indexOf(own.get(kind) ?? level) >= LEVELS.indexOf(KINDS[kind]);
  return Object.freeze(
    Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, shown(kind as SpanFilterKind)])),
  ) as SpanFilter;
};

let active: SpanFilter = parseSpanFilter('info');

/** Sets the filter of the process. */
export const setSpanFilter = (filter: SpanFilter): void => {
  active = filter;
};

/** Whether spans of this kind are made. A span that is not made leaves its children to its parent: no orphans. */
export const spanEnabled = (kind: SpanFilterKind): boolean => active[kind];
