import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../data/repositories/feed-rows.ts';
import { merge, rank, scoreOf } from './ranking.ts';
import { FEED_SOURCES } from './sources.ts';

const NOW = Date.UTC(2026, 0, 10);
const post = (changes: Partial<Candidate> & { ageHours?: number } = {}): Candidate => ({
  id: '00000000-0000-7000-8000-000000000001',
  seq: 1,
  createdAt: NOW - (changes.ageHours ?? 48) * 3_600_000,
  likeCount: 0,
  playCount: 0,
  followed: false,
  ...changes,
});

describe('scoreOf', () => {
  it.each([
    ['following', 1.5],
    ['recommended', 1.3],
    ['trending', 1],
    ['recent', 0.7],
  ] as const)('weighs %s posts %d', (source, score) => expect(scoreOf(post(), source, NOW)).toBe(score));

  it.each([
    [0, 1.5],
    [0.999, 1.5],
    [1, 1.3],
    [5.999, 1.3],
    [6, 1.1],
    [23.999, 1.1],
    [24, 1],
    [168, 1],
    [168.001, 0.8],
  ])('weighs an age of %d hours %d', (ageHours, score) =>
    expect(scoreOf(post({ ageHours }), 'trending', NOW)).toBe(score),
  );

  it.each([
    [5, 1],
    [6, 1.1],
    [20, 1.1],
    [21, 1.2],
    [50, 1.2],
    [51, 1.3],
  ])('weighs %d likes %d', (likeCount, score) => expect(scoreOf(post({ likeCount }), 'trending', NOW)).toBe(score));

  it.each([
    [50, 1],
    [51, 1.1],
    [100, 1.1],
    [101, 1.2],
  ])('weighs %d plays %d', (playCount, score) => expect(scoreOf(post({ playCount }), 'trending', NOW)).toBe(score));

  it('multiplies all of them, without binary noise', () => {
    const best = post({ ageHours: 0, likeCount: 51, playCount: 101 });
    expect(scoreOf(best, 'following', NOW)).toBe(3.51);
    expect(scoreOf(post({ ageHours: 200 }), 'recent', NOW)).toBe(0.56);
  });
});

describe('rank', () => {
  const posts = fc.uniqueArray(
    fc.record({ seq: fc.nat(1000), age: fc.nat(3), source: fc.constantFrom(...FEED_SOURCES), likes: fc.nat(60) }),
    { selector: ({ seq }) => seq },
  );

  it('gives the same order whatever order the posts came in: by score, then time, then id', () => {
    fc.assert(
      fc.property(posts, fc.infiniteStream(fc.nat()), (plan, noise) => {
        const all = plan.map(({ seq, age, source, likes }) => ({
          post: post({ id: `id${String(seq).padStart(4, '0')}`, seq, likeCount: likes, ageHours: age }),
          source,
        }));
        const shuffled = all
          .map((value) => ({ value, at: noise.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ value }) => value);
        const ranked = rank(all, NOW);
        expect(rank(shuffled, NOW)).toEqual(ranked);
        for (const [index, next] of ranked.slice(1).entries()) {
          const previous = ranked[index] ?? next;
          const order = [previous.score - next.score, previous.createdAt - next.createdAt];
          const first = order.find((difference) => difference !== 0) ?? (previous.id > next.id ? 1 : -1);
          expect(first).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('merge', () => {
  it('keeps a post once, under the best source that brought it', () => {
    const shared = post({ seq: 7 });
    const merged = merge({
      recent: [shared, post({ seq: 8 })],
      trending: [shared],
      recommended: [{ ...shared, reason: 'Popular in House' }],
      following: [shared],
    });
    expect(merged.map(({ post: { seq }, source }) => [seq, source])).toEqual([
      [7, 'following'],
      [8, 'recent'],
    ]);
    expect(merged[0]?.post).not.toHaveProperty('reason');
  });
});
