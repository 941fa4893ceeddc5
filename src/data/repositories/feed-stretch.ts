import type { Stretch } from './feed-rows.ts';
import { type CandidateRow, candidateOf } from './feed-text.ts';

/** A post of a stream; `hole` is one that was read before and not shown. */
export type StretchRow = [...CandidateRow, hole: boolean];

const SEQ = 1;
const HOLE = 6;

/**
 * Splits rows into what fits and what says that there is more.
 * @param offset how many of the fresh ones to pass over.
 * @param below how many fit, beside the holes.
 * @param floor where the query stopped looking.
 * @param mark where it began.
 */
export const stretchOf = (
  rows: readonly StretchRow[],
  offset: number,
  below: number,
  floor: number,
  mark: number,
): Stretch => {
  const fresh = rows.filter((row) => !row[HOLE]).slice(offset);
  const more = fresh.length > below;
  const taken = fresh.slice(0, below);
  const last = taken.at(-1)?.[SEQ] ?? mark;
  return {
    posts: [...rows.filter((row) => row[HOLE]), ...taken].map(candidateOf),
    mark: more ? last : floor,
    more: more || floor > 0,
  };
};
