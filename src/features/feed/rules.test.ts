import { describe, expect, it } from 'vitest';
import type { HydratedPost } from '../../data/repositories/feed-hydration.ts';
import { mayBeShown } from './rules.ts';

const post = (changes: Partial<HydratedPost>): HydratedPost =>
  ({
    userId: 'author',
    visibility: 'public',
    listed: true,
    playable: true,
    isFollowing: false,
    isMuted: false,
    ...changes,
  }) as HydratedPost;

describe('mayBeShown', () => {
  it.each([
    ['a listed post', {}, true],
    ['a post that cannot be played', { playable: false, listed: false }, false],
    ['a post by someone muted', { isMuted: true }, false],
    ['a post by someone private', { listed: false }, false],
    ['a post by someone private whom the viewer follows', { listed: false, isFollowing: true }, true],
    ['a post for followers', { listed: false, visibility: 'followers' }, false],
    ['a post for followers, to one of them', { listed: false, visibility: 'followers', isFollowing: true }, true],
    ['a private post, to a follower', { listed: false, visibility: 'private', isFollowing: true }, false],
    ['a private post, to its author', { listed: false, visibility: 'private', userId: 'viewer' }, true],
    ['one’s own post that cannot be played', { playable: false, userId: 'viewer' }, false],
  ] as const)('%s: %j is %s', (_, changes, shown) => expect(mayBeShown(post(changes), 'viewer')).toBe(shown));

  it('shows someone who is not signed in what is listed only', () => {
    expect(mayBeShown(post({}), undefined)).toBe(true);
    expect(mayBeShown(post({ listed: false, visibility: 'followers' }), undefined)).toBe(false);
  });
});
