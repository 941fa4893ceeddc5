import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedPosition } from '../../data/repositories/feed-rows.ts';
import { AppError } from '../../errors.ts';
import { assertFresh, decodePosition, encodePosition, openCursor, sealCursor } from './cursor.ts';
import { filtersKey } from './filters.ts';
import { MAX_EXTRAS } from './progress.ts';

const SECRET = 'a secret of the tests that is long enough';
const SCOPE = { feed: 'unified', viewerId: '019a0000-0000-7000-8000-000000000001', filters: filtersKey({}) };
const refused = { code: 'VALIDATION_ERROR', field: 'cursor' };

const failureOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

const seqsFrom = (base: number) =>
  fc.uniqueArray(fc.nat(100_000), { maxLength: 300 }).map((all) => all.map((seq) => seq + base).sort((a, b) => a - b));
const stream = fc.nat(2 ** 40).chain((mark) => fc.record({ mark: fc.constant(mark), holes: seqsFrom(mark) }));
const position: fc.Arbitrary<FeedPosition> = fc.record({
  snapshot: fc.record({ at: fc.integer({ min: 2 ** 40, max: 2 ** 42 }), maxSeq: fc.nat(2 ** 45) }).chain((snapshot) =>
    fc.record({
      at: fc.constant(snapshot.at),
      maxSeq: fc.constant(snapshot.maxSeq),
      followsAt: fc.constant(snapshot.at - 5000),
      followed: fc.array(fc.uuid(), { maxLength: 12 }),
      unfollowed: fc.array(fc.uuid(), { maxLength: 12 }),
    }),
  ),
  followed: stream,
  others: stream,
  extras: seqsFrom(0),
});

describe('a position', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(position, (value) => {
        expect(decodePosition(encodePosition(value))).toEqual(value);
      }),
    );
  });

  it('fits into 4 kB at its largest, among ten million posts', () => {
    const spread = (length: number, base: number) => Array.from({ length }, (_, index) => base + index * 10_000);
    const largest: FeedPosition = {
      snapshot: {
        at: Date.now(),
        maxSeq: 10_000_000,
        followsAt: Date.now() - 5000,
        followed: Array.from({ length: 12 }, () => SCOPE.viewerId),
        unfollowed: [],
      },
      followed: { mark: 1_000_000, holes: spread(300, 1_000_000) },
      others: { mark: 2_000_000, holes: spread(300, 2_000_000) },
      extras: spread(MAX_EXTRAS, 100_000),
    };
    expect(sealCursor(SECRET, SCOPE, encodePosition(largest)).length).toBeLessThan(4096);
  });
});

describe('a cursor', () => {
  const payload = Buffer.from([1, 2, 3, 250, 0, 9]);
  const cursor = sealCursor(SECRET, SCOPE, payload);

  it('opens where it was made for', () => expect(openCursor(SECRET, SCOPE, cursor)).toEqual(payload));

  it('is refused with any character changed, dropped or added', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n.é';
    for (let index = 0; index < cursor.length; index += 1) {
      const before = cursor.slice(0, index);
      const after = cursor.slice(index + 1);
      expect(failureOf(() => openCursor(SECRET, SCOPE, before + after))).toMatchObject(refused);
      for (const character of alphabet) {
        if (character !== cursor[index]) {
          expect(failureOf(() => openCursor(SECRET, SCOPE, before + character + after))).toMatchObject(refused);
        }
        expect(failureOf(() => openCursor(SECRET, SCOPE, `${before}${character}${cursor.slice(index)}`))).toMatchObject(
          refused,
        );
      }
    }
  });

  it.each([
    ['another viewer', { ...SCOPE, viewerId: '019a0000-0000-7000-8000-000000000002' }],
    ['another feed', { ...SCOPE, feed: 'timeline' }],
    ['other filters', { ...SCOPE, filters: filtersKey({ genre: 'House' }) }],
  ])('is refused for %s', (_, scope) => {
    expect(failureOf(() => openCursor(SECRET, scope, cursor))).toMatchObject(refused);
  });

  it('is refused under another secret', () => {
    expect(failureOf(() => openCursor(`${SECRET}!`, SCOPE, cursor))).toMatchObject(refused);
  });

  it('is refused when it is anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(failureOf(() => openCursor(SECRET, SCOPE, text))).toBeInstanceOf(AppError);
      }),
    );
  });

  it('is refused after a day', () => {
    const now = Date.now();
    expect(failureOf(() => assertFresh(now - 86_399_000, now))).toBeUndefined();
    expect(failureOf(() => assertFresh(now - 86_401_000, now))).toMatchObject(refused);
  });
});
