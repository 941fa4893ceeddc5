import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FilterError } from '../filter-error.ts';
import { compileRegex } from './regex.ts';

const problemOf = (pattern: string): string | undefined => {
  try {
    compileRegex(pattern, 3);
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    expect(error.position).toBe(3);
    return error.message.replace('the regular expression is not understood: ', '');
  }
};

test.each([
  ['GET|POST', ['GET', 'POST'], ['GETPOST', 'GE', 'xGET', '']],
  ['/api/v\\d+/.*', ['/api/v1/', '/api/v12/feed'], ['/api/v/feed', 'x/api/v1/']],
  ['a.c', ['abc', 'a\nc', 'a😀c'], ['ac', 'abbc']],
  ['(ab)+c?', ['ab', 'abab', 'ababc'], ['', 'aba', 'abcc']],
  ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
  ['a{2}b{1,}', ['aab', 'aabbb'], ['ab', 'aa']],
  ['(?:a|b)*?', ['', 'abba'], ['c']],
  ['[a-c-]+', ['abc-'], ['d', '']],
  ['[^a-c\\s]', ['d', ']'], ['a', ' ', '']],
  ['[]x]', [']', 'x'], ['[']],
  ['[[:alpha:]_]+', ['ab_'], ['a1']],
  ['[[:^digit:]]', ['a'], ['1']],
  ['(?i)select .*É', ['SELECT xé', 'select É'], ['elect é']],
  ['a(?i:b)c', ['aBc', 'abc'], ['ABC', 'abC']],
  ['(?P<name>x)(?<other>y)', ['xy'], ['x']],
  ['^a$|^b$', ['a', 'b'], ['ab']],
  ['a^b', [], ['ab', 'a^b']],
  ['$^', [''], ['a']],
  ['(^a)*', ['', 'a'], ['aa']],
  ['(a|^)(b|$)', ['', 'a', 'b', 'ab'], ['c']],
  ['\\.\\*\\x41\\x{1F600}\\t', ['.*A😀\t'], ['..A😀\t']],
  ['\\w+\\W\\S\\D', ['ab cd'], ['ab  d', 'ab c1']],
  ['', [''], ['a']],
  ['a||b', ['a', '', 'b'], ['ab']],
  ['x{,3}', ['x{,3}'], ['xx']],
  ['(a*)*', ['', 'aaa'], ['b']],
])('%s', (pattern, fitting, others) => {
  const matches = compileRegex(pattern, 0);
  for (const text of fitting) expect([text, matches(text)]).toEqual([text, true]);
  for (const text of others) expect([text, matches(text)]).toEqual([text, false]);
});

test.each([
  ['(a', 'missing closing ): `(a`'],
  ['a)', 'unexpected ): `a)`'],
  ['[a', 'missing closing ]: `[a`'],
  ['*a', 'missing argument to repetition operator: `*`'],
  ['(a)\\1', 'invalid escape sequence: `\\1`'],
  ['(?=a)b', 'invalid or unsupported Perl syntax: `(?=`'],
  ['a{5000}', 'invalid repeat count: `{5000}`'],
  ['('.repeat(1000), 'missing closing )'],
  ['a'.repeat(1001), 'a regular expression of more than 1000 characters'],
])('%s is refused', (pattern, message) => {
  expect(problemOf(pattern)).toContain(message);
});

test('patterns that take for ever elsewhere do not here', () => {
  const text = `${'a'.repeat(2000)}!`;
  for (const pattern of ['(a+)+', '(a|a)*', '(a*)*b', '(.*)*x', '.*.*.*.*.*.*x', '(a?){100}a{100}', '(x+x+)+y']) {
    const started = performance.now();
    expect(compileRegex(pattern, 0)(text)).toBe(false);
    expect([pattern, performance.now() - started < 500]).toEqual([pattern, true]);
  }
});

test('only the first 2048 characters of a text are looked at', () => {
  expect(compileRegex('a*', 0)(`${'a'.repeat(2048)}b`)).toBe(true);
  expect(compileRegex('a*', 0)(`${'a'.repeat(2047)}b`)).toBe(false);
});

/** Patterns that mean the same here and in JavaScript. */
const pattern = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '^', '$', ''),
    tie('pattern').map((inner) => `(${inner})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}'))
      .map(([inner, repeat]) => `(?:${inner})${repeat}`),
  ),
  pattern: fc
    .array(tie('atom'), { maxLength: 3 })
    .chain((atoms) => fc.constantFrom('', '|').map((joint) => atoms.join(joint))),
})).pattern;

test('matches what JavaScript matches', () => {
  fc.assert(
    fc.property(pattern, fc.array(fc.stringMatching(/^[abcd\n]{0,6}$/), { minLength: 1 }), (source, texts) => {
      const matches = compileRegex(source, 0);
      const expected = new RegExp(`^(?:${source})$`, 's');
      for (const text of texts) expect([source, text, matches(text)]).toEqual([source, text, expected.test(text)]);
    }),
    { numRuns: 1000 },
  );
});

test('a text that comes again and again is looked through once', () => {
  const matches = compileRegex('(.*a){20}x', 0);
  const statement = 'SELECT a FROM posts WHERE a = '.repeat(50);
  const pass = (table: string): number => {
    const texts = Array.from({ length: 100 }, (_, number) => `${statement}${table}${number}`);
    const started = performance.now();
    const found = texts.some((text) => matches(text));
    const took = performance.now() - started;
    expect(found).toBe(false);
    return took;
  };
  // Warm, so that it is the same text again that makes the difference.
  for (const table of ['a', 'b', 'c', 'd']) pass(table);
  expect(pass('posts')).toBeGreaterThan(5 * Math.min(...Array.from({ length: 5 }, () => pass('posts'))));
  // Many others in between change no answer.
  for (let other = 0; other < 2000; other += 1) expect(matches(`${'a'.repeat(20)}${other}x`)).toBe(false);
  expect(matches(`${'a'.repeat(20)}x`)).toBe(true);
  expect(matches(statement)).toBe(false);
});
