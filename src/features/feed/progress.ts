import type { Candidate, FeedPosition, Progress, Snapshot, Stretch } from '../../data/repositories/feed-rows.ts';

/**
 * How many posts shown out of turn (through trending or the recommender) a position remembers. When it is full those
 * sources rest, and their posts come when their turn comes. Bounds the size of a cursor.
 */
export const MAX_EXTRAS = 320;

/** Nothing has been shown yet. */
export const beginningOf = (snapshot: Snapshot): FeedPosition => ({
  snapshot,
  followed: { mark: snapshot.maxSeq + 1, holes: [] },
  others: { mark: snapshot.maxSeq + 1, holes: [] },
  extras: [],
});

/** Nothing is left to show. */
export const isAtEnd = ({ followed, others }: FeedPosition): boolean =>
  [followed, others].every((stream) => stream.mark === 0 && stream.holes.length === 0);

/** Takes the best `limit` of `ranked` that the position has room to remember. */
export const choose = <T extends Candidate>(
  position: FeedPosition,
  ranked: readonly T[],
  limit: number,
  stretches: Stretches,
): T[] => {
  let room = MAX_EXTRAS - position.extras.length;
  const chosen: T[] = [];
  for (const post of ranked) {
    if (chosen.length === limit) break;
    const outOfTurn = post.seq < markAfter(position, stretches, post.followed);
    if (outOfTurn && room === 0) continue;
    if (outOfTurn) room -= 1;
    chosen.push(post);
  }
  return chosen;
};

/** What was read of the two streams; undefined is one that could not be read, and so does not move. */
export interface Stretches {
  followed: Stretch | undefined;
  others: Stretch | undefined;
}

const markAfter = (position: FeedPosition, stretches: Stretches, followed: boolean): number =>
  followed ? (stretches.followed?.mark ?? position.followed.mark) : (stretches.others?.mark ?? position.others.mark);

/**
 * The position after `shown` was shown. What was read and not shown becomes a hole; a hole that was not read again is
 * gone from view and is forgotten; what was shown out of turn is remembered until its turn has passed.
 */
export const advance = (position: FeedPosition, stretches: Stretches, shown: readonly Candidate[]): FeedPosition => {
  const seen = new Set(shown.map((post) => post.seq));
  const move = (stream: Progress, stretch: Stretch | undefined): Progress =>
    stretch
      ? { mark: stretch.mark, holes: stretch.posts.map((post) => post.seq).filter((seq) => !seen.has(seq)) }
      : { mark: stream.mark, holes: stream.holes.filter((seq) => !seen.has(seq)) };
  const followed = move(position.followed, stretches.followed);
  const others = move(position.others, stretches.others);
  const outOfTurn = shown.filter((post) => post.seq < (post.followed ? followed : others).mark);
  // Which stream an older one belongs to is not kept: it is forgotten once both are past it.
  const ahead = Math.max(followed.mark, others.mark);
  const extras = [...position.extras, ...outOfTurn.map((post) => post.seq)].filter((seq) => seq < ahead);
  return { snapshot: position.snapshot, followed, others, extras };
};

/** Whether a post has been shown at this position, or is not in its snapshot. */
export const isShown = ({ snapshot, followed, others, extras }: FeedPosition, post: Candidate): boolean => {
  if (post.seq > snapshot.maxSeq || extras.includes(post.seq)) return true;
  const stream = post.followed ? followed : others;
  return post.seq >= stream.mark && !stream.holes.includes(post.seq);
};
