import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** Terms that the index is asked for. Recordings that sound the same share so many that a part of them finds it. */
const PROBES = 60;
const CANDIDATES = 5;

export interface Candidate {
  id: string;
  fingerprint: number[];
}

/**
 * Earlier uploads that share terms of a fingerprint, those that share most first: of the same user, or in a public
 * listing, since nobody may learn of what others keep to themselves.
 */
export const findAlike = (
  db: Queryable,
  { audioId, userId }: { audioId: string; userId: string },
  terms: readonly number[],
): Promise<Candidate[]> => {
  const every = Math.max(1, Math.floor(terms.length / PROBES));
  const probes = terms.filter((_, at) => at % every === 0);
  return db.$queryRaw<Candidate[]>(Prisma.sql`
    SELECT a.id, a.fingerprint FROM audio_uploads a
    WHERE a.fingerprint && ${probes}::int[] AND a.status = 'complete' AND a.id <> ${audioId}::uuid
      AND (a.user_id = ${userId}::uuid OR EXISTS (SELECT 1 FROM posts p WHERE p.audio_id = a.id AND p.listed))
    ORDER BY (SELECT count(*) FROM unnest(a.fingerprint) term WHERE term = ANY(${[...terms]}::int[])) DESC, a.id
    LIMIT ${CANDIDATES}::int`);
};
