import type { Shot } from './client.ts';
import type { Viewer, World } from './world.ts';

/**
 * Makes one route of the product fail with 500, and no other: comments are read out of a table that nothing else reads.
 * Its requests find the post and then fail at the second query, as a bad migration would have it.
 * @returns the requests that fail
 */
export const breakComments = async (world: World, viewers: readonly Viewer[]): Promise<Shot[]> => {
  const posts = await world.query<{ id: string }>(
    `SELECT id FROM posts WHERE listed AND deleted_at IS NULL ORDER BY created_at DESC LIMIT $1`,
    [viewers.length],
  );
  await world.query('ALTER TABLE IF EXISTS comments RENAME TO comments_away');
  return viewers.map(({ token }, place) => ({
    name: 'error',
    path: `/api/v1/posts/${posts[place]?.id}/comments`,
    headers: { authorization: `Bearer ${token}` },
    expected: 500,
  }));
};

/** One of `errors` after every `every - 1` of `ordinary`. */
export const withErrors = (ordinary: readonly Shot[], errors: readonly Shot[], every: number): Shot[] => {
  const whole = Math.floor(ordinary.length / (every - 1));
  return Array.from({ length: whole }, (_, place) => [
    ...ordinary.slice(place * (every - 1), (place + 1) * (every - 1)),
    ...errors.slice(place % errors.length, (place % errors.length) + 1),
  ]).flat();
};
