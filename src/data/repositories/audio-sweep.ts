import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** `uploads/<audio>/source.<format>` and `audio/<audio>/<lease>/<file>`: what else lies there is none of ours. */
const OURS = /^(?:uploads|audio)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\//;

/**
 * Of some keys in the storage, those that a row refers to: the file of every upload, the renditions of the complete
 * ones, and whatever an attempt that is running may be storing. Keys of another form are taken for somebody else's.
 */
export const findReferredTo = async (db: Queryable, keys: readonly string[]): Promise<Set<string>> => {
  const known = new Set(keys.filter((key) => !OURS.test(key)));
  const ids = [...new Set(keys.flatMap((key) => OURS.exec(key)?.[1] ?? []))];
  const uploads = await db.$queryRaw<{ id: string; sourceKey: string; leaseId: string | null; renditions: string[] }[]>(
    Prisma.sql`
    SELECT a.id, a.source_key AS "sourceKey", a.lease_id AS "leaseId", ARRAY(
      SELECT r->>'key' FROM jsonb_array_elements(coalesce(a.result->'renditions', '[]')) r
    ) AS renditions
    FROM audio_uploads a WHERE a.id = ANY(${ids}::uuid[])`,
  );
  for (const { id, sourceKey, leaseId, renditions } of uploads) {
    for (const key of [sourceKey, ...renditions]) known.add(key);
    if (leaseId !== null) for (const key of keys) if (key.startsWith(`audio/${id}/${leaseId}/`)) known.add(key);
  }
  return known;
};
