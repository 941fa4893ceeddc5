import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, toPage } from './pagination.ts';

const SECRET = 'a secret of these tests';
const position = z.tuple([z.string(), z.number()]);

describe('keyset cursors', () => {
  it('give back the position they were made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer(), (text, whole) => {
        const cursor = encodeCursor(SECRET, 'list', [text, whole]);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor(SECRET, 'list', position, cursor)).toEqual([text, whole]);
      }),
    );
  });

  it('are refused after any change of any character', () => {
    const cursor = encodeCursor(SECRET, 'list', ['abc', 7]);
    for (let i = 0; i < cursor.length; i += 1) {
      for (const other of ['A', 'B', '_', '=', ' ', '\0']) {
        if (cursor[i] === other) continue;
        const forged = cursor.slice(0, i) + other + cursor.slice(i + 1);
        expect(() => decodeCursor(SECRET, 'list', position, forged)).toThrow('cursor is not one of this list');
      }
    }
  });

  it.each([
    ['of another list', encodeCursor(SECRET, 'other', ['abc', 7])],
    ['signed with another secret', encodeCursor('another', 'list', ['abc', 7])],
    ['empty', ''],
    ['cut short', encodeCursor(SECRET, 'list', ['abc', 7]).slice(0, 10)],
    ['lengthened', `${encodeCursor(SECRET, 'list', ['abc', 7])}AA`],
    ['unsigned', Buffer.from('["abc",7]').toString('base64url')],
  ])('are refused when %s', (_name, cursor) => {
    expect(() => decodeCursor(SECRET, 'list', position, cursor)).toThrow('cursor is not one of this list');
  });

  it('are needed only where there is more', () => {
    expect(toPage([1, 2, 3], 2, String)).toEqual({ items: [1, 2], nextCursor: '2' });
    expect(toPage([1, 2], 2, String)).toEqual({ items: [1, 2], nextCursor: null });
    expect(toPage([], 2, String)).toEqual({ items: [], nextCursor: null });
  });
});
