import { describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { cursor, exactText, id, limit, number, text, webAddress, wholeNumber } from './text.ts';

const messageOf = (schema: ZodType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

describe('what comes in over the wire', () => {
  it('loses white space around it only where that means nothing', () => {
    expect(text(1, 5).parse('  ab ')).toBe('ab');
    expect(exactText(1, 5).parse('  ab ')).toBe('  ab ');
  });

  it.each<[string, ZodType, unknown, string]>([
    ['NUL', text(1, 5), 'a\0', 'must not contain NUL or broken Unicode'],
    ['a lone high surrogate', text(1, 5), 'a\ud83d', 'must not contain NUL or broken Unicode'],
    ['a lone low surrogate', exactText(1, 5), '\ude00a', 'must not contain NUL or broken Unicode'],
    ['blank text', text(1, 5), ' \t\n', 'must not be empty'],
    ['long text', text(1, 5), 'abcdef', 'must be at most 5 characters long'],
    ['short text', text(3, 5), 'ab', 'must be at least 3 characters long'],
    ['a list for text', text(1, 5), ['a'], 'must be text'],
    ['an object for text', text(1, 5), { length: 3 }, 'must be text'],
    ['nothing for text', text(1, 5), undefined, 'must be text'],
    ['a limit of zero', limit, '0', 'must be at least 1'],
    ['a limit too high', limit, '101', 'must be at most 100'],
    ['a limit with a sign', limit, '+5', 'must be a whole number'],
    ['a limit with an exponent', limit, '1e1', 'must be a whole number'],
    ['a limit in hexadecimal', limit, '0x10', 'must be a whole number'],
    ['a limit with a space', limit, ' 5', 'must be a whole number'],
    ['an empty limit', limit, '', 'must be a whole number'],
    ['a limit beyond all numbers', limit, '9'.repeat(400), 'must be a whole number'],
    ['Arabic digits', limit, '٥', 'must be a whole number'],
    ['a limit given twice', limit, ['5', '6'], 'must be given once'],
    ['NaN', number(0, 5), 'NaN', 'must be a number'],
    ['Infinity', number(0, 5), 'Infinity', 'must be a number'],
    ['a negative number', number(0, 5), '-1', 'must be at least 0'],
    ['a script as address', webAddress(), 'javascript:alert(1)', 'must be an http or https URL'],
    ['a path as address', webAddress(), '/etc/passwd', 'must be an http or https URL'],
    ['a word for an id', id, 'abc', 'must be a UUID'],
    ['a number for an id', id, 7, 'must be a UUID'],
    ['an empty cursor', cursor, '', 'must not be empty'],
  ])('is refused when it is %s', (_name, schema, value, message) => {
    expect(messageOf(schema, value)).toBe(message);
  });

  it('becomes what it stands for', () => {
    expect(limit.parse(undefined)).toBe(20);
    expect(limit.parse('100')).toBe(100);
    expect(wholeNumber(0, 9).parse('007')).toBe(7);
    expect(number(0, 300).parse('87.5')).toBe(87.5);
    expect(id.parse('019A2B3C-0000-7000-8000-00000000000F')).toBe('019a2b3c-0000-7000-8000-00000000000f');
    expect(text(1, 9).parse('🎧 naïve')).toBe('🎧 naïve');
  });
});
