import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** Muting someone who is muted already changes nothing; nor does muting a user who is gone. */
export const mute = async (db: Queryable, muterId: string, mutedId: string): Promise<boolean> => {
  const changed = await db.$executeRaw(Prisma.sql`
    INSERT INTO mutes (muter_id, muted_id) SELECT ${muterId}::uuid, id FROM users WHERE id = ${mutedId}::uuid
    ON CONFLICT DO NOTHING`);
  return changed > 0;
};

/** @returns whether there was anything to end. */
export const unmute = async (db: Queryable, muterId: string, mutedId: string): Promise<boolean> => {
  const changed = await db.$executeRaw(
    Prisma.sql`DELETE FROM mutes WHERE muter_id = ${muterId}::uuid AND muted_id = ${mutedId}::uuid`,
  );
  return changed > 0;
};
