import type { Database } from '../database.ts';
import { ask, prepareSizes } from '../prepared.ts';
import type { FeedFilters, FeedPosition, Stretch } from './feed-rows.ts';
import { type StretchRow, stretchOf } from './feed-stretch.ts';
import { CANDIDATE, followedThen, isFiltered, MATCHING, notMuted, positionValues } from './feed-text.ts';

/**
 * How many posts one query looks at, at most, for the few that it wants. Bounds the time that a rare filter, or
 * following nearly everyone, can cost; the next page goes on from where this one stopped.
 */
const SCAN_SPAN = 20_000;

const OTHERS = `p.listed AND ${notMuted('p.user_id')} AND NOT ${followedThen('p.user_id')}`;

const statement = (name: string | undefined, matching: string) =>
  prepareSizes<StretchRow>(
    name,
    (size) => `(SELECT ${CANDIDATE}, false AS followed, false AS hole FROM posts p
      WHERE p.seq < (SELECT @mark::bigint) AND p.seq >= (SELECT @floor::bigint) AND p.seq <> ALL(@extras::bigint[])
        AND ${OTHERS} AND ${matching}
      ORDER BY p.seq DESC LIMIT ${size})
    UNION ALL
    (SELECT ${CANDIDATE}, false, true FROM posts p WHERE p.seq = ANY((SELECT @holes::bigint[])::bigint[]) AND ${OTHERS})`,
  );

const RECENT = statement('feed_recent', 'true');
const RECENT_FILTERED = statement(undefined, MATCHING);

/** The next `window` posts in public listings by people not followed when the snapshot was taken, newest first. */
export const recentStretch = async (
  db: Database,
  viewerId: string,
  position: FeedPosition,
  filters: FeedFilters,
  window: number,
): Promise<Stretch> => {
  const { mark, holes } = position.others;
  const below = Math.max(0, window - holes.length);
  const floor = Math.max(0, mark - SCAN_SPAN);
  const sized = isFiltered(filters) ? RECENT_FILTERED : RECENT;
  const rows = await ask(db, sized(below + 1), {
    ...positionValues(viewerId, position, filters),
    mark,
    floor,
    holes,
  });
  return stretchOf(rows, 0, below, floor, mark);
};
