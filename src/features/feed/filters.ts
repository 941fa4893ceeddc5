import type { FeedFilters } from '../../data/repositories/feed-rows.ts';

/** One text for equal filters, whatever order they were given in. */
export const filtersKey = (filters: FeedFilters): string =>
  JSON.stringify(
    [filters.genre, filters.keys, filters.daw, filters.bpmMin, filters.bpmMax].map((value) => value ?? null),
  );
