import type { Database } from '../../data/database.ts';
import { genreCandidates } from '../../data/repositories/feed-rankings.ts';
import type { Recommender } from './recommender.ts';

/** The recommender that needs nothing but the database: popular posts in the genres that the viewer likes and plays. */
export const createGenreRecommender = (db: Database): Recommender => ({
  recommend: async ({ viewerId, limit, filters, position }) => {
    const candidates = await genreCandidates(db, viewerId, position, filters, limit);
    return candidates.map(({ genre, ...candidate }) => ({ ...candidate, reason: `Popular in ${genre}` }));
  },
});
